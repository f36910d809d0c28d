"""The whole proof, against a real sandbox: whatever got lost, one run ends with nothing unexplained."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from alerts.models import Alert
from audit.models import AuditEvent
from billing import backfill, matching, reconciliation, stripe_api
from billing.models import BalanceTransaction, Difference, Payout, Reconciliation, Refund, StripeEvent, TopUp
from billing.stripe_events import HANDLERS
from billing.tests.stripe_side import START, choose, session_id, work
from jobs.models import Job, State
from jobs.registry import run_now
from ledger.queries import account_balance, balances

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(backfill, "ON_THEIR_WAY", timedelta(days=-4))  # the sandbox's clock is three days ahead
    monkeypatch.setattr(matching, "SETTLING", timedelta(seconds=-5))


@pytest.fixture
def history(client_of, member, stripe_side):
    """$20 and $50 paid, $5 refunded, a refund of $7 that failed, $30 paid out, a payout of $10 that failed."""
    sandbox, intents = stripe_side.sandbox, []
    for amount in ("20.00", "50.00"):
        session = session_id(client_of(member).post(START, choose(amount)))
        sandbox.pay(session)
        intents.append(stripe_side.api.checkout.sessions.retrieve(session).payment_intent)
    sandbox.refund(intents[0], 500)
    sandbox.refund(intents[1], 700)
    failing = stripe_side.api.refunds.list({"payment_intent": intents[1]}).data[0].id
    sandbox.fail_refund(failing)
    sandbox.forward(days=3)
    for cents in (3000, 1000):
        sandbox.pay_out(cents)
    payouts = stripe_side.api.payouts.list().data
    sandbox.fail_payout(payouts[0].id)
    return stripe_side


def lose_everything(side) -> None:
    side.lose()
    assert not StripeEvent.objects.exists()


def run(by=None) -> Reconciliation:
    started = reconciliation.start(by=by)
    run_now(Job.objects.get(pk=started.job_number))
    started.refresh_from_db()
    return started


def all_is_right(member, side) -> None:
    held = side.api.balance.retrieve()
    cents = held.available[0].amount + held.pending[0].amount
    assert account_balance("stripe") == Decimal(cents) / 100
    assert account_balance("bank") == 30
    assert (balances(member).paid, balances(member).debt) == (65, 0)
    assert not Difference.objects.open().exists()
    assert set(Payout.objects.values_list("amount", "status")) == {(30, "pending"), (10, "failed")}
    assert set(Refund.objects.values_list("amount", "status")) == {(5, "succeeded"), (7, "failed")}


def test_all_webhooks_lost_for_an_hour(member, history):
    lose_everything(history)
    backfill.fetch_missed()
    work()
    done = run()
    assert (done.state, done.unexplained, done.differences, done.repaired) == ("done", 0, 0, 0)
    assert done.stripe_total == done.ledger_total == done.stripe_balance == account_balance("stripe")
    assert done.rows == done.matched == 8
    all_is_right(member, history)


def test_a_run_alone_fetches_and_applies_what_was_lost(member, history):
    lose_everything(history)
    done = run()
    assert (done.state, done.unexplained) == ("done", 0)
    all_is_right(member, history)
    work()
    all_is_right(member, history)


def test_events_that_stripe_has_forgotten_are_repaired_from_the_balance(member, history, monkeypatch):
    lose_everything(history)
    monkeypatch.setattr(backfill, "_listed", lambda since, until: [])
    BalanceTransaction.objects.update(created=timezone.now() - timedelta(days=60))
    monkeypatch.setattr(matching, "KEPT_BY_STRIPE", timedelta(days=-60))
    done = run()
    assert (done.state, done.unexplained) == ("done", 0) and done.repaired >= 6
    assert {one.outcome for one in Difference.objects.exclude(tried_at=None)} == {"Repaired by itself"}
    all_is_right(member, history)
    assert not Alert.objects.filter(fingerprint=matching.ALERT, acknowledged_at=None).exists()


def test_twice_changes_nothing(member, history):
    lose_everything(history)
    run()
    before = {row.pk for row in Difference.objects.all()}
    done = run()
    assert (done.repaired, done.unexplained) == (0, 0) and {row.pk for row in Difference.objects.all()} == before
    all_is_right(member, history)


def test_a_payment_of_somebody_else_stays_unexplained(stripe_side, member, client_of):
    session = session_id(client_of(member).post(START, choose("20.00")))
    stripe_side.sandbox.pay(session)
    stripe_side.lose()
    TopUp.objects.all().delete()
    done = run()
    assert (done.state, done.unexplained, done.differences) == ("done", Decimal("20.00"), 1), done.error
    found = Difference.objects.open().get()
    assert found.kind == "missing_in_ledger" and "names no top-up of ours" in found.error
    alert = Alert.objects.get(fingerprint=matching.ALERT)
    assert alert.is_open and alert.severity == "bad" and "$20.00" in alert.title


# Stripe away, workers dead, two at once


def test_stripe_away_in_the_middle_says_so_and_goes_on(member, history):
    lose_everything(history)
    history.sandbox.fault(status=500, path="balance_transactions")
    started = run()
    job = Job.objects.get(pk=started.job_number)
    assert (started.state, started.unexplained) == ("running", None)
    assert "Stripe could not answer" in started.error and "goes on by itself" in started.error
    assert (job.state, job.attempts) == (State.NEW, 0)
    history.sandbox.heal()
    run_now(job)
    started.refresh_from_db()
    assert (started.state, started.error, started.unexplained) == ("done", "", 0)
    all_is_right(member, history)


def test_a_refusal_of_stripe_ends_the_run(stripe_side, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_wrong"
    done = run()
    assert done.state == "failed" and done.error and done.unexplained is None
    assert Alert.objects.get(fingerprint=reconciliation.FAILED).is_open
    settings.STRIPE_SECRET_KEY = stripe_side.sandbox.api_key
    assert run().state == "done" and not Alert.objects.get(fingerprint=reconciliation.FAILED).is_open


def test_without_a_key_it_says_so(settings):
    settings.STRIPE_SECRET_KEY = ""
    assert "STRIPE_SECRET_KEY is not set" in run().error
    assert reconciliation.start_daily() is None


def test_a_slice_that_is_over_goes_on_in_the_next(member, history, monkeypatch):
    lose_everything(history)
    monkeypatch.setattr(reconciliation.balance, "PAGE", 3)
    monkeypatch.setattr(reconciliation, "SLICE", -1)
    started = run()
    job = Job.objects.get(pk=started.job_number)
    assert started.state == "running" and job.state == State.NEW and "listed so far" in job.error
    monkeypatch.setattr(reconciliation, "SLICE", 120)
    run_now(job)
    started.refresh_from_db()
    assert started.state == "done"
    all_is_right(member, history)


def test_an_unforeseen_error_is_tried_again_and_then_ends_it(owner, monkeypatch):
    def boom():
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(reconciliation, "_apply_missed_events", boom)
    started = reconciliation.start(by=owner)
    job = Job.objects.get(pk=started.job_number)
    for _ in range(5):
        started.refresh_from_db()
        assert started.state == "running"
        run_now(job)
    started.refresh_from_db()
    assert (started.state, started.error, job.state) == ("failed", "a bug", State.DEAD)


def test_two_at_once_are_one(owner, member):
    first = reconciliation.start(by=owner)
    with pytest.raises(reconciliation.Running) as refused:
        reconciliation.start()
    assert refused.value.args == (first,) and Reconciliation.objects.count() == Job.objects.count() == 1
    assert AuditEvent.objects.get().verb == "reconciliation.started"


def test_a_run_whose_job_is_gone_stands_in_nobodys_way(owner):
    dead = reconciliation.start(by=owner)
    Job.objects.get(pk=dead.job_number).cancel(by=owner)
    again = reconciliation.start(by=owner)
    dead.refresh_from_db()
    assert dead.state == "failed" and "ended before" in dead.error and again.state == "running"


def test_a_cancelled_run_claims_nothing(owner, stripe_side):
    started = reconciliation.start(by=owner)
    job = Job.objects.get(pk=started.job_number)
    reconciliation.fail(started, "Cancelled.")
    reconciliation.carry_out(started)
    started.refresh_from_db()
    assert (started.state, started.unexplained, job.state) == ("failed", None, State.NEW)


# The schedule


def test_the_day_before_is_proven_once(settings, freeze_day):
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    first = reconciliation.start_daily()
    assert str(first.day) == "2026-11-23" and first.by is None
    assert reconciliation.start_daily() is None
    Reconciliation.objects.update(state="done")
    assert reconciliation.start_daily() is None, "it is proven"
    Reconciliation.objects.update(state="failed")
    assert reconciliation.start_daily().day == first.day, "a failed one is made again"


@pytest.fixture
def freeze_day(monkeypatch):
    """One o'clock at night in New York, the 24th; in UTC it is the same day."""
    from tunables import values

    values.change("business_time_zone", "America/New_York", by=None)
    moment = timezone.datetime(2026, 11, 24, 6, 0, tzinfo=timezone.get_default_timezone())
    monkeypatch.setattr(reconciliation.timezone, "now", lambda: moment)


def test_every_event_that_a_source_waits_for_has_a_handler():
    from billing.sources import SOURCES

    assert {event for source in SOURCES for event in source.events} <= set(HANDLERS)


def test_reading_what_is_down_is_told_apart(monkeypatch, stripe_side):
    monkeypatch.setattr(reconciliation.totals, "_held", iter(map(Decimal, range(100))).__next__)
    assert reconciliation.totals.compare() is None, "a balance that moves at every look is not compared"
    assert stripe_api.call("balance", "retrieve")["object"] == "balance"


def test_disputes_are_matched_and_repaired_too(client_of, member, stripe_side, monkeypatch):
    monkeypatch.setattr(backfill, "_listed", lambda since, until: [])
    monkeypatch.setattr(matching, "KEPT_BY_STRIPE", timedelta(days=-60))
    sandbox, intents = stripe_side.sandbox, []
    for amount in ("20.00", "50.00"):
        session = session_id(client_of(member).post(START, choose(amount)))
        sandbox.pay(session)
        intents.append(stripe_side.api.checkout.sessions.retrieve(session).payment_intent)
    lost, won = (sandbox.dispute(intent) for intent in intents)
    sandbox.step_dispute(lost, "lose")
    sandbox.step_dispute(won, "win", fee_back=True)
    lose_everything(stripe_side)
    done = run()
    assert (done.state, done.unexplained, done.rows, done.matched) == ("done", 0, 5, 5)
    assert done.stripe_total == done.ledger_total == done.stripe_balance
    assert (balances(member).paid, balances(member).debt) == (50, 0)
    assert not Difference.objects.open().exists()
