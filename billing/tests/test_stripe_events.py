"""Each event has its effect once, whatever the number and order of its deliveries."""

import itertools
import time
from decimal import Decimal

import pytest
from django.utils import timezone

from alerts.models import Alert
from billing import stripe_events
from billing.models import Refund, TopUp
from billing.tasks import PATIENCE
from billing.tests.make import make_refund, make_session, make_top_up, store_event
from jobs.models import Job
from jobs.registry import run_now
from ledger.models import Transaction
from ledger.queries import account_balance, balances

pytestmark = pytest.mark.django_db


def apply(type_, thing, **fields):
    return stripe_events.apply_event(store_event(type_, thing, **fields).pk)


def test_it_works(member):
    top_up = make_top_up(member)
    event = apply("checkout.session.completed", make_session(top_up))
    top_up.refresh_from_db()
    assert (event.state, top_up.status) == ("applied", "paid")
    assert balances(member).paid == 20 and balances(member).granted == 1


def test_two_events_of_one_session_credit_once(member):
    session = make_session(make_top_up(member))
    apply("checkout.session.completed", session)
    apply("checkout.session.async_payment_succeeded", session)
    assert balances(member).paid == 20
    assert Transaction.objects.filter(kind="top_up").count() == 1


def test_a_delayed_payment_is_credited_when_it_succeeds(member):
    top_up = make_top_up(member)
    apply("checkout.session.completed", make_session(top_up, payment_status="unpaid"))
    top_up.refresh_from_db()
    assert top_up.status == "processing" and balances(member).paid == 0
    apply("checkout.session.async_payment_succeeded", make_session(top_up))
    assert balances(member).paid == 20


def test_a_payment_that_is_heard_of_late_counts_when_it_was_made(member):
    """In the books and in the reports alike."""
    top_up, at = make_top_up(member), int(time.time()) - 2 * 86_400
    apply("checkout.session.completed", make_session(top_up, created=at), created=at)
    top_up.refresh_from_db()
    assert top_up.paid_at == Transaction.objects.get(kind="top_up").happened_at
    assert int(top_up.paid_at.timestamp()) == at


def test_a_delayed_payment_that_fails_credits_nothing(member):
    top_up = make_top_up(member)
    apply("checkout.session.completed", make_session(top_up, payment_status="unpaid"))
    apply("checkout.session.async_payment_failed", make_session(top_up, payment_status="unpaid"))
    top_up.refresh_from_db()
    assert top_up.status == "failed" and balances(member).paid == 0


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_expired_after_completed_changes_nothing(member, order):
    top_up = make_top_up(member)
    events = [
        ("checkout.session.completed", make_session(top_up)),
        ("checkout.session.expired", make_session(top_up, status="expired", payment_status="unpaid")),
        ("checkout.session.completed", make_session(top_up)),
    ]
    for index in order:
        apply(*events[index])
    top_up.refresh_from_db()
    assert top_up.status == "paid" and balances(member).paid == 20


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_total": 100},
        {"amount_subtotal": 100, "amount_total": 100},
        {"currency": "eur"},
        {"payment_status": "no_payment_required", "amount_total": 0},
        {"metadata": {}},
        {"metadata": {"top_up": "x"}},
        {"id": "cs_test_other"},
        {"livemode": True},
    ],
)
def test_a_session_that_does_not_fit_is_quarantined(member, wrong):
    event = apply("checkout.session.completed", make_session(make_top_up(member), **wrong))
    assert event.state == "quarantined" and event.error
    assert balances(member).paid == 0
    assert Alert.objects.filter(fingerprint=f"billing.event.{event.event_id}", severity="bad").exists()


@pytest.mark.parametrize("wrong", [{"livemode": True}, {"api_version": "2020-08-27"}])
def test_an_event_of_another_mode_or_version_is_quarantined(member, wrong):
    event = apply("checkout.session.completed", make_session(make_top_up(member)), **wrong)
    assert event.state == "quarantined"
    assert not Transaction.objects.exists()


def test_an_unknown_type_is_stored_and_says_so(member):
    event = apply("treasury.received_credit.created", {"id": "rc_1"})
    assert event.state == "unhandled" and "No handler" in event.error


def test_a_declined_card_is_kept_for_people_to_read(member):
    top_up = make_top_up(member)
    error = {
        "code": "card_declined",
        "decline_code": "insufficient_funds",
        "message": "Your card has insufficient funds.",
    }
    apply(
        "payment_intent.payment_failed",
        {"id": "pi_1", "metadata": {"top_up": str(top_up.public_id)}, "last_payment_error": error},
    )
    top_up.refresh_from_db()
    assert top_up.failure == "Your card has insufficient funds."
    assert top_up.failed_payments.get().decline_code == "insufficient_funds"
    assert top_up.status == "open"


@pytest.fixture
def paid(member):
    top_up = make_top_up(member)
    apply("checkout.session.completed", make_session(top_up))
    top_up.refresh_from_db()
    return top_up


def test_a_refund_takes_what_is_left_of_the_lot(member, paid):
    apply("refund.created", make_refund(paid, 500))
    now = balances(member)
    assert now.paid == 15 and now.debt == 0
    assert now.granted == Decimal("0.75")


def test_one_refund_in_many_events_counts_once(member, paid):
    refund = make_refund(paid, 500)
    for type_ in ("refund.created", "refund.updated", "charge.refund.updated", "refund.created"):
        apply(type_, refund)
    assert balances(member).paid == 15


def test_partial_refunds_add_up_in_any_order(member, paid):
    refunds = [make_refund(paid, cents) for cents in (500, 300, 200)]
    for refund in reversed(refunds):
        apply("refund.created", refund)
    assert balances(member).paid == 10


def test_a_refund_before_its_payment_waits(member):
    top_up = make_top_up(member)
    refund = make_refund(top_up, 500)
    event = apply("refund.created", refund)
    assert event.state == "waiting" and event.attempts == 1
    apply("checkout.session.completed", make_session(top_up))
    stripe_events.apply_event(event.pk)
    assert balances(member).paid == 15


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
def test_a_refund_that_fails_later_gives_exactly_back(member, paid, order):
    refund = make_refund(paid, 500)
    events = [refund, refund | {"status": "failed", "failure_reason": "lost_or_stolen_card"}]
    for index in order:
        apply("refund.updated", events[index])
    now = balances(member)
    assert (now.paid, now.granted, now.debt) == (20, 1, 0)
    assert Refund.objects.get().status == "failed"


def run_until_settled(event):
    """Run the event's job again and again, as the worker would, however long it asks to wait."""
    job = Job.enqueue("billing.apply_event", {"event": event.pk})
    for _ in range(20):
        if run_now(job).is_over:
            break
    event.refresh_from_db()
    return job


def test_a_waiting_event_dies_with_an_alert(member):
    event = store_event("refund.created", make_refund(make_top_up(member), 500))
    job = run_until_settled(event)
    assert (event.state, event.attempts, job.state) == ("dead", PATIENCE + 1, "done")
    assert Alert.objects.filter(fingerprint=f"billing.event.{event.event_id}").exists()
    assert TopUp.objects.get().status == "open"


def test_an_orphan_waits_ever_longer_and_then_dies_for_people_to_see(member):
    event = store_event("refund.created", make_refund(make_top_up(member), 500))
    job = Job.enqueue("billing.apply_event", {"event": event.pk})
    waits = []
    for _ in range(8):
        run_now(job)
        waits.append(round((job.run_at - timezone.now()).total_seconds()))
        event.refresh_from_db()
        assert event.state == ("waiting" if len(waits) < 8 else "dead")
    assert waits[:7] == pytest.approx([2, 4, 8, 16, 32, 64, 128], abs=2)
    assert job.state == "done"
    assert Alert.objects.filter(fingerprint=f"billing.event.{event.event_id}").exists()


def test_an_event_that_cannot_be_applied_is_dead_in_the_panel_too(member, monkeypatch):
    def fail(thing, at):
        raise RuntimeError("boom")

    monkeypatch.setitem(stripe_events.HANDLERS, "charge.updated", fail)
    event = store_event("charge.updated", {"id": "ch_1"})
    job = run_until_settled(event)
    assert (event.state, event.error, job.state) == ("dead", "RuntimeError: boom", "dead")


def test_a_refund_larger_than_its_payment_is_quarantined(member, paid):
    event = apply("refund.created", make_refund(paid, 2001))
    assert event.state == "quarantined" and event.error
    assert balances(member).paid == 20


def test_an_alert_goes_when_its_event_was_applied(member):
    top_up = make_top_up(member)
    event = store_event("refund.created", make_refund(top_up, 500))
    stripe_events.give_up(event)
    apply("checkout.session.completed", make_session(top_up))
    stripe_events.apply_event(event.pk)
    assert not Alert.objects.get(fingerprint=f"billing.event.{event.event_id}").is_open


def test_events_of_a_wrong_endpoint_raise_one_alert(member):
    for _ in range(3):
        apply("charge.updated", {"id": "ch_1"}, api_version="2020-08-27")
    assert Alert.objects.get().count == 3


def test_a_refund_heard_of_before_the_failure_of_another_is_booked_at_once(member):
    top_up = make_top_up(member)
    apply("checkout.session.completed", make_session(top_up))
    top_up.refresh_from_db()
    first, second = make_refund(top_up, 2000), make_refund(top_up, 2000)
    apply("refund.created", first)
    assert apply("refund.created", second).state == "applied"
    assert account_balance("disputes") == 20, "nobody's credit, until the first has failed"
    apply("refund.failed", first | {"status": "failed"})
    assert (balances(member).paid, account_balance("disputes")) == (0, 0)
