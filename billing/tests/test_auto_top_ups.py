"""Auto top-up at a real sandbox: one attempt whatever happens at once, one payment whatever becomes of the answer."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import QueuedMail
from billing import (
    auto_payments,
    auto_settings,
    auto_top_ups,
    balance,
    matching,
    repairs,
    saved_cards,
    staff_refunds,
    stripe_api,
)
from billing.models import (
    AutoTopUp,
    AutoTopUpAttempt,
    BalanceTransaction,
    Difference,
    Dispute,
    FailedPayment,
    TopUp,
)
from billing.tasks import sweep_auto_top_ups
from billing.tests.auto import agreed, an_hour_passes, charged, spend
from billing.tests.lost_answer import lost_answers
from billing.tests.make import make_difference, make_top_up
from billing.tests.stripe_side import event_states, work
from jobs.models import Job
from ledger import checks, freezes, posting
from ledger.queries import balances
from poemvision.celery import app
from studio import paying
from tests.faults.invariants import invariants
from tunables import values

pytestmark = [pytest.mark.usefixtures("stripe_side")]


def subjects() -> list[str]:
    return list(QueuedMail.objects.order_by("pk").values_list("subject", flat=True))


@pytest.fixture(autouse=True)
def mails_wait(monkeypatch):
    monkeypatch.setattr("accounts.mail.deliver", lambda mail: None)


@pytest.mark.django_db
def test_it_works(member, stripe_side):
    agreed(stripe_side, member)
    held = posting.hold(member, Decimal(2), service="poem", expires_at=timezone.now() + timedelta(hours=1))
    paying.settle(held.hold_id, Decimal(2))
    assert [job.kind for job in Job.objects.filter(state="new", kind="billing.auto_top_up")] == ["billing.auto_top_up"]
    work()
    stripe_side.deliver()
    top_up = TopUp.objects.get()
    assert (top_up.status, top_up.cash, top_up.bonus, top_up.card, top_up.is_automatic) == (
        "paid",
        20,
        1,
        "Visa 4242",
        True,
    )
    assert top_up.external_id == f"stripe:payment_intent:{top_up.payment_intent_id}" and top_up.fee > 0
    assert (balances(member).paid, balances(member).granted) == (20, 5)
    assert charged(stripe_side, member) == [2000]
    assert subjects() == ["Your Poem Vision AI credit was topped up by $20.00"]
    assert event_states() <= {"applied", "unhandled"} and invariants() == checks.run() == []


@pytest.mark.django_db
def test_it_is_refunded_and_reconciled_as_any_top_up(member, owner, stripe_side):
    agreed(stripe_side, member)
    spend(member)
    assert auto_top_ups.sweep() == 1
    work()
    stripe_side.deliver()
    top_up = TopUp.objects.get()
    values_asked = {"by": owner, "reason": "Sorry", "stripe_reason": "duplicate", "form_key": top_up.public_id}
    staff_refunds.start(top_up, Decimal(5), **values_asked)
    stripe_side.deliver()
    assert balances(member).paid == 15
    balance.fetch_new()
    matching.match()
    assert not Difference.objects.filter(balance_transaction__payment_intent=top_up.payment_intent_id).exists()


@pytest.mark.django_db
def test_what_no_event_told_is_found_by_reconciliation(member, stripe_side):
    """The answer was lost, so was the event: the balance at Stripe tells of it."""
    agreed(stripe_side, member)
    spend(member)
    attempt = auto_top_ups.claim(member.pk)
    intent = auto_top_ups._ask(attempt)
    balance.fetch_new()
    row = BalanceTransaction.objects.get(payment_intent=intent["id"])
    assert repairs.repair(make_difference(row))
    assert (TopUp.objects.get().status, balances(member).paid) == ("paid", 20)


def test_many_charges_at_once_make_one_attempt(committed_db, make_people, stripe_side):
    (member,) = make_people("")
    agreed(stripe_side, member)
    spend(member)
    together = threading.Barrier(6)

    def claim(_):
        try:
            together.wait(5)
            return auto_top_ups.claim(member.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sum(attempt is not None for attempt in pool.map(claim, range(6))) == 1
    work()
    assert charged(stripe_side, member) == [2000]
    assert auto_top_ups.sweep() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("trouble", ["lost", "broken"])
def test_a_lost_answer_is_asked_for_again_and_paid_once(member, stripe_side, settings, trouble):
    agreed(stripe_side, member)
    spend(member)
    attempt = auto_top_ups.claim(member.pk)
    if trouble == "lost":
        with lost_answers(settings.STRIPE_API_BASE) as proxy:
            settings.STRIPE_API_BASE = proxy
            with pytest.raises(stripe_api.Unreachable):
                auto_top_ups.carry_out(attempt)
        settings.STRIPE_API_BASE = stripe_side.sandbox.url
    else:
        stripe_side.sandbox.fault(status=500, when="after", path="payment_intents", times=1)
        auto_top_ups.carry_out(attempt)
    Job.objects.filter(kind="billing.carry_out_auto_top_up").delete()  # its job is gone with its worker
    AutoTopUpAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    sweep_auto_top_ups()
    work()
    stripe_side.deliver()
    assert charged(stripe_side, member) == [2000]
    assert (TopUp.objects.get().status, balances(member).paid) == ("paid", 20)


@pytest.mark.django_db
def test_three_failures_an_hour_apart_turn_it_off(member, owner, stripe_side):
    agreed(stripe_side, member, "fails_later")
    for number in (1, 2):
        spend(member, "1.50" if number == 1 else "0.10")
        assert auto_top_ups.sweep() == 1
        work()
        stripe_side.deliver()
        spend(member, "0.10")
        assert (auto_top_ups.sweep(), AutoTopUp.objects.get().failures) == (0, number)  # the claim is kept
        an_hour_passes(member)
        if number == 1:
            AutoTopUpAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=59))
            assert auto_top_ups.sweep() == 0
            an_hour_passes(member)
    values.change("auto_topup_minutes_between", "90", by=owner)
    assert auto_top_ups.sweep() == 0
    values.change("auto_topup_minutes_between", "60", by=owner)
    assert auto_top_ups.sweep() == 1
    work()
    auto = AutoTopUp.objects.get()
    assert (auto.is_on, auto.off_because, auto.failures) == (False, "failures", 3)
    assert subjects() == [*["Your card was refused: no credit was topped up"] * 2, "Your auto top-up is off"]
    assert set(TopUp.objects.values_list("status", flat=True)) == {"failed"} and charged(stripe_side, member) == []
    stripe_side.deliver()
    assert FailedPayment.objects.with_outcome().filter(outcome="lost").count() == 3
    an_hour_passes(member)
    spend(member, "0.10")
    assert auto_top_ups.sweep() == 0 and len(subjects()) == 3


@pytest.mark.django_db
def test_a_bank_that_asks_for_its_customer(member, owner, stripe_side):
    values.change("auto_topup_failures_before_off", "1", by=owner)
    agreed(stripe_side, member, "challenge_always")
    spend(member)
    auto_top_ups.sweep()
    work()
    attempt = AutoTopUpAttempt.objects.get()
    assert attempt.needs_member and attempt.top_up.status == "failed" and not AutoTopUp.objects.get().is_on
    body = QueuedMail.objects.get().body
    assert "confirm the payment yourself" in body and "/me/credit/?amount=20.00#top-up" in body


@pytest.mark.django_db
def test_no_more_than_the_cap_in_a_month_and_told_once(member, stripe_side, monkeypatch):
    monkeypatch.setattr(auto_top_ups, "_window", timezone.now)
    agreed(stripe_side, member, monthly_cap=Decimal(40))
    for _ in range(2):
        spend(member, balances(member).available - 1)
        assert auto_top_ups.sweep() == 1
        work()
    spend(member, balances(member).available - 1)
    assert [auto_top_ups.sweep(), auto_top_ups.sweep()] == [0, 0]
    assert charged(stripe_side, member) == [2000, 2000]
    assert subjects()[2:] == ["Your auto top-up has reached its monthly cap"]


@pytest.mark.django_db
def test_a_payment_that_failed_is_paid_after_all(member, owner, stripe_side):
    """Turned off by it, told so, and then the bank pays: nothing of the failure is left."""
    values.change("auto_topup_failures_before_off", "1", by=owner)
    agreed(stripe_side, member)
    spend(member)
    intent = auto_top_ups._ask(auto_top_ups.claim(member.pk))
    with transaction.atomic():
        auto_payments.apply_intent(intent | {"status": "requires_action"}, timezone.now())
    assert AutoTopUpAttempt.objects.get().needs_member and not AutoTopUp.objects.get().is_on
    stripe_side.deliver()
    assert (TopUp.objects.get().status, balances(member).paid) == ("paid", 20)
    assert (AutoTopUp.objects.get().is_on, AutoTopUp.objects.get().failures) == (True, 0)
    assert "has paid it after all, and auto top-up is on" in QueuedMail.objects.order_by("pk").last().body


@pytest.mark.django_db
def test_one_that_still_waits_is_asked_for_by_its_id(member, stripe_side):
    """A processing payment whose event was lost: asking under the key would repeat the first answer."""
    agreed(stripe_side, member)
    spend(member)
    intent = auto_top_ups._ask(auto_top_ups.claim(member.pk))
    with transaction.atomic():
        auto_payments.apply_intent(intent | {"status": "processing"}, timezone.now())
    assert TopUp.objects.get().status == "processing"
    auto_top_ups.carry_out(AutoTopUpAttempt.objects.get())
    assert TopUp.objects.get().status == "paid"


def _off(member, owner):
    auto_settings.turn_off(member, by=member)


def _card_gone(member, owner):
    saved_cards.remove(member, by=member)


def _frozen(member, owner):
    freezes.freeze_spending(member, "Looked into")


def _suspended(member, owner):
    type(member).objects.filter(pk=member.pk).update(is_active=False)


def _not_offered(member, owner):
    values.change("auto_topup_offered", "off", by=owner)


def _disputed(member, owner):
    facts = {
        "amount": 20,
        "reason": "fraudulent",
        "status": "lost",
        "stripe_id": "du_1",
        "created_at": timezone.now(),
        "heard_at": timezone.now(),
    }
    Dispute.objects.create(top_up=make_top_up(member, "30"), **facts)


@pytest.mark.django_db
@pytest.mark.parametrize("hinder", [_off, _card_gone, _frozen, _suspended, _not_offered, _disputed])
def test_nothing_is_attempted(member, owner, stripe_side, hinder):
    agreed(stripe_side, member)
    spend(member)
    attempt = auto_top_ups.claim(member.pk)
    hinder(member, owner)
    auto_top_ups.carry_out(AutoTopUpAttempt.objects.get(pk=attempt.pk))  # claimed just before
    assert TopUp.objects.get(auto_attempt=attempt).status == "failed" and AutoTopUp.objects.get().failures == 0
    an_hour_passes(member)
    assert auto_top_ups.sweep() == 0 and auto_top_ups.claim(member.pk) is None
    assert charged(stripe_side, member) == [] and subjects() == []


def test_it_is_on_the_schedule():
    assert sweep_auto_top_ups.name in {entry["task"] for entry in app.conf.beat_schedule.values()}
