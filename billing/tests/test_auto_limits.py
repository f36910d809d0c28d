"""What keeps an auto top-up back, and keeps nobody else back with it: without Stripe."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
import stripe
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import QueuedMail
from alerts.models import Alert
from billing import auto_notices, auto_top_ups, saved_cards, stripe_api
from billing.models import AutoTopUp, AutoTopUpAttempt, CardSetup, Dispute, FraudWarning, Refund
from billing.tests.auto import asked_lately, spend
from billing.tests.make import make_top_up
from billing.tests.refunding import confirmed
from jobs.models import Job
from ledger import posting
from memberships.tests.test_panel_auto_top_ups import make_attempt, make_auto

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mails_wait(monkeypatch):
    monkeypatch.setattr("accounts.mail.deliver", lambda mail: None)


def low(member, **fields) -> AutoTopUp:
    """On, and below by what was spent since."""
    posting.grant(member, Decimal(6), note="Welcome")
    asked_lately()
    auto = make_auto(member, **fields)
    spend(member)
    return auto


def test_those_who_are_kept_back_are_in_nobodys_way(member, outsider, monkeypatch):
    monkeypatch.setattr(auto_top_ups, "BATCH", 1)
    first, second = sorted((member, outsider), key=lambda each: each.pk)
    about = {"amount": 20, "reason": "fraudulent", "status": "lost", "stripe_id": "du_1"}
    now = timezone.now()
    Dispute.objects.create(top_up=make_top_up(first), created_at=now, heard_at=now, **about)
    low(first)
    low(second)
    assert auto_top_ups.sweep() == 1
    assert AutoTopUpAttempt.objects.get().auto_id == second.pk


def _refunded(member, name):
    posting.refund(member, Decimal(20), top_up_external_id=name, external_id="stripe:refund:re_1")


def _corrected(member, name):
    posting.adjust(member, Decimal(-20), actor=member, note="A mistake")


@pytest.mark.parametrize("taken", [_refunded, _corrected])
def test_what_was_taken_back_is_not_topped_up_again_until_something_is_spent(member, taken):
    """Agreed was: whenever spending takes the credit below."""
    name = make_top_up(member, status="paid", cash=20, paid_at=timezone.now()).external_id
    posting.top_up(member, cash=Decimal(20), external_id=name)
    low(member)
    taken(member, name)
    assert auto_top_ups.sweep() == 0 and auto_top_ups.claim(member.pk) is None
    spend(member, "0.50")
    assert auto_top_ups.sweep() == 1


def _charged(member):
    return posting.charge(member, Decimal("0.50"), service="poem")


def _held(member):
    late = timezone.now() + timedelta(hours=1)
    held = posting.hold(member, Decimal("0.50"), service="poem", expires_at=late)
    return posting.settle(held.hold_id, Decimal("0.50"))


def _lost(member):
    name = make_top_up(member, status="paid", cash=20, paid_at=timezone.now()).external_id
    posting.top_up(member, cash=Decimal("0.40"), external_id=name)
    return posting.refund(member, Decimal("0.40"), top_up_external_id=name, external_id="stripe:refund:re_1")


def _lowered(member):
    return posting.adjust(member, Decimal("-0.50"), actor=member, note="A mistake")


@pytest.mark.parametrize("what", [_charged, _held, _lost, _lowered])
def test_credit_that_comes_back_but_not_enough_leaves_it_below_by_spending(member, what):
    posting.grant(member, Decimal("0.50"), note="Welcome")
    booked = what(member)
    low(member)
    posting.reverse(booked.transaction_id)
    assert auto_top_ups.sweep() == 1


@pytest.mark.parametrize("what", [_charged, _held])
def test_spending_that_is_undone_did_not_take_it_below(member, what):
    name = make_top_up(member, status="paid", cash=20, paid_at=timezone.now()).external_id
    posting.top_up(member, cash=Decimal(20), external_id=name)
    posting.grant(member, Decimal(4), note="Welcome")
    asked_lately()
    make_auto(member)
    _refunded(member, name)
    posting.reverse(what(member).transaction_id)
    assert auto_top_ups.sweep() == 0 and auto_top_ups.claim(member.pk) is None


def test_what_is_taken_and_comes_back_leaves_it_below_by_spending(member):
    """A refund that fails after all, and a correction that was none."""
    posting.grant(member, Decimal("0.50"), note="Welcome")
    low(member)
    posting.reverse(_lowered(member).transaction_id)
    assert auto_top_ups.sweep() == 1


def test_what_is_only_held_is_not_spent(member):
    posting.grant(member, Decimal(4), note="Welcome")
    low(member)  # $8 of $10 are left
    late = timezone.now() + timedelta(hours=1)
    held = posting.hold(member, Decimal(5), service="poem", expires_at=late)
    assert auto_top_ups.sweep() == 0 and auto_top_ups.claim(member.pk) is None
    posting.settle(held.hold_id, Decimal(4))
    assert auto_top_ups.sweep() == 1


@pytest.mark.parametrize(("taken", "attempts"), [(["2", "0"], 1), (["2", "1"], 0), (["1", "2", "1", "0"], 1)])
def test_included_credit_that_comes_back_leaves_it_below_by_spending(member, taken, attempts):
    """A refund of Premium that fails after all; where a part stays away, that took it below."""
    low(member)
    posting.grant(member, Decimal(3), note="Included", external_id="stripe:invoice:in_1:credit")
    spend(member, "2.50")
    for number, amount in enumerate(taken):
        posting.take_back("stripe:invoice:in_1:credit", Decimal(amount), external_id=f"stripe:invoice:in_1:{number}")
    assert auto_top_ups.sweep() == attempts


def test_a_grant_that_is_undone_is_no_spending(member):
    low(member)
    booked = posting.grant(member, Decimal(3), note="A mistake")
    posting.reverse(booked.transaction_id)
    assert auto_top_ups.sweep() == 0 and auto_top_ups.claim(member.pk) is None


def test_a_card_that_its_bank_warns_of_is_not_charged(member):
    paid = make_top_up(member, status="paid", cash=20, paid_at=timezone.now())
    auto, now = low(member), timezone.now()
    FraudWarning.objects.create(top_up=paid, stripe_id="issfr_1", fraud_type="made_with_stolen_card")
    assert auto_top_ups.hindrance(auto) == "A bank doubts that a payment was the cardholder’s."
    assert auto_top_ups.sweep() == 0
    Refund.objects.create(top_up=paid, stripe_id="re_1", amount=20, status="succeeded", created_at=now)
    assert auto_top_ups.hindrance(auto) == ""


def test_who_refunds_is_told_what_auto_top_up_does_then(member, supporter):
    paid = make_top_up(member, status="paid", cash=20, paid_at=timezone.now())
    page, browser = f"/admin/billing/top-ups/{paid.pk}/refunds/new/", confirmed(supporter)
    assert "Auto top-up" not in browser.get(page).content.decode()
    make_auto(member)
    assert "A refund alone charges nothing" in browser.get(page).content.decode()


@pytest.mark.parametrize("error", [stripe.AuthenticationError, stripe.PermissionError])
def test_a_key_that_stripe_refuses_is_no_failure_of_the_members(member, monkeypatch, error):
    def create(*_, **__):
        raise error("Not with this key.", http_status=401 if error is stripe.AuthenticationError else 403)

    v1 = SimpleNamespace(payment_intents=SimpleNamespace(create=create))
    monkeypatch.setattr(stripe_api, "client", lambda: SimpleNamespace(v1=v1))
    auto = low(member)
    auto_top_ups.carry_out(auto_top_ups.claim(member.pk))
    auto.refresh_from_db()
    attempt = AutoTopUpAttempt.objects.get()
    assert (auto.is_on, auto.failures, attempt.code, attempt.top_up.status) == (True, 0, "not_asked", "failed")
    assert Alert.objects.filter(fingerprint="billing.auto_top_up.rejected").exists()
    assert not QueuedMail.objects.exists()


def _deleted(member):
    type(member).objects.filter(pk=member.pk).update(deleted_at=timezone.now(), purges_at=timezone.now())


def _superseded(member):
    CardSetup.objects.create(member=member, status="complete", session_id="cs_2", expires_at=timezone.now())


@pytest.mark.parametrize("happens", [_deleted, _superseded])
def test_a_card_that_came_too_late_is_taken_off_again(member, monkeypatch, happens):
    auto = make_auto(member)
    setup = CardSetup.objects.create(member=member, status="complete", session_id="cs_1", expires_at=timezone.now())
    happens(member)
    session = {"customer": "cus_1", "setup_intent": {"payment_method": {"id": "pm_late"}}}
    monkeypatch.setattr(stripe_api, "call", lambda *_: session)
    saved_cards.keep(setup)
    saved_cards.keep(setup)
    auto.refresh_from_db()
    assert (auto.card, auto.payment_method_id) == ("Visa 4242", f"pm_{member.pk}")
    assert CardSetup.objects.get(pk=setup.pk).kept_at is None
    assert Job.objects.get(kind="billing.detach_card").payload == {"payment_method": "pm_late"}


def test_none_is_on_without_its_sums(member):
    sums = {"threshold": 5, "amount": 20, "monthly_cap": 50, "consented_at": timezone.now()}
    on = {"member": member, "is_on": True, "payment_method_id": "pm_1"}
    for name in sums:
        with pytest.raises(IntegrityError, match="billing_auto_on_is_complete"), transaction.atomic():
            AutoTopUp.objects.create(**on, **sums | {name: None})
    assert AutoTopUp.objects.create(**on, **sums).is_on


@pytest.mark.parametrize(
    ("failures", "is_on", "says"), [(1, True, "60 minutes"), (2, True, "itself"), (3, False, "3 times")]
)
def test_a_mail_of_a_failure_says_what_will_be(member, failures, is_on, says):
    auto = make_auto(member, failures=failures, is_on=is_on, off_because="" if is_on else "failures")
    attempt = make_attempt(auto, "failed", "Your card was declined.")
    auto_notices.tell_failed(auto, attempt, attempt.top_up)
    mail = QueuedMail.objects.get().body
    assert says in mail and "at once" not in mail
    assert ("charged then" in mail, "turns itself off" in mail) == (is_on, failures == 2)
