"""Auto top-ups that a restored backup does not know count as before, and nothing is charged until Stripe was asked."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import QueuedMail
from audit.models import record
from billing import auto_top_ups, stripe_api
from billing.models import AutoTopUp, AutoTopUpAttempt, Backfill, StripeEvent, TopUp
from billing.stripe_objects import when
from billing.tests.auto import agreed, asked_lately, charged, spend
from billing.tests.make import store_event
from jobs.models import Job
from ledger import posting
from ledger.queries import balances
from memberships.tests.test_panel_auto_top_ups import PANEL, make_attempt, make_auto

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mails_wait(monkeypatch):
    monkeypatch.setattr("accounts.mail.deliver", lambda mail: None)


def test_one_that_is_made_again_fills_its_month_and_its_hour(member, stripe_side, monkeypatch):
    auto = agreed(stripe_side, member, monthly_cap=Decimal(30))
    spend(member)
    intent = auto_top_ups._ask(auto_top_ups.claim(member.pk))
    for rows in (Job, AutoTopUpAttempt, TopUp):
        rows.objects.all().delete()
    stripe_side.deliver()
    attempt = AutoTopUpAttempt.objects.get()
    assert (attempt.created_at, attempt.card, attempt.top_up.status) == (when(intent["created"]), "Visa 4242", "paid")
    assert attempt.settled_at and not QueuedMail.objects.exists()
    assert auto_top_ups.used_this_month(auto) == 20
    spend(member, balances(member).available - 1)
    assert auto_top_ups.claim(member.pk) is None
    assert not QueuedMail.objects.exists()
    monkeypatch.setattr(auto_top_ups, "_window", lambda: timezone.now() + timedelta(minutes=1))
    assert auto_top_ups.claim(member.pk) is None and QueuedMail.objects.get().subject.endswith("its monthly cap")
    assert charged(stripe_side, member) == [2000]


def test_the_key_may_have_lapsed_though_the_backup_says_it_was_never_used(member, monkeypatch):
    attempt = make_attempt(make_auto(member))
    AutoTopUpAttempt.objects.update(created_at=timezone.now() - timedelta(hours=24), settled_at=None)
    TopUp.objects.update(status="processing", payment_intent_id=None)
    asked = []
    monkeypatch.setattr(
        stripe_api, "call", lambda *what, **_: asked.append(what[:2]) or {"data": [], "has_more": False}
    )
    with pytest.raises(stripe_api.Unreachable):
        auto_top_ups.carry_out(AutoTopUpAttempt.objects.get(pk=attempt.pk))
    assert asked == [("payment_intents", "list")]


def _never_asked():
    Backfill.objects.all().delete()


def _not_for_an_hour():
    Backfill.objects.update(ran_at=timezone.now() - timedelta(minutes=31))


def _restored_since():
    record(None, "backup.restored", "backup:x")


def _not_applied():
    store_event("payment_intent.succeeded", {"id": "pi_1"}, created=int(timezone.now().timestamp()) - 60)


@pytest.mark.parametrize("before", [_never_asked, _not_for_an_hour, _restored_since, _not_applied])
def test_nothing_is_claimed_before_stripe_was_asked(client_of, owner, member, settings, before):
    auto = make_auto(member)
    AutoTopUp.objects.update(consented_at=timezone.now() - timedelta(days=1))
    asked_lately()
    posting.grant(member, Decimal(6), note="Welcome")
    spend(member)
    before()
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    assert auto_top_ups.claim(auto.pk) is None and auto_top_ups.sweep() == auto_top_ups.sweep() == 0
    assert Job.objects.filter(kind="billing.fetch_missed_events").count() == 1
    assert "Nobody is topped up by itself" in client_of(owner).get(PANEL).content.decode()
    asked_lately()
    StripeEvent.objects.update(state="applied")
    assert auto_top_ups.sweep() == 1
    assert "Nobody is topped up by itself" not in client_of(owner).get(PANEL).content.decode()
