"""Reconcile now, and repairs: who may, what if twice, what a repair that cannot be says."""

from datetime import timedelta

import pytest

from audit.models import AuditEvent
from billing import matching, repairs, stripe_api, totals
from billing.models import BalanceTransaction, Difference, Reconciliation, StripeEvent, TopUp
from billing.tests.make import make_balance_row, make_difference, make_session, make_top_up, store_event
from billing.tests.stripe_side import work
from jobs.models import Job, State
from jobs.registry import run_now
from ledger import posting
from ledger.queries import account_balance, balances

pytestmark = pytest.mark.django_db
START = "/admin/billing/reconciliations/start/"
ALL = "/admin/billing/differences/repair/"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(matching, "SETTLING", timedelta(seconds=-5))


def post(client, path):
    return client.post(path, headers={"HX-Request": "true"})


def one(difference) -> str:
    return f"/admin/billing/differences/{difference.pk}/repair/"


@pytest.fixture
def lost_fee(db):
    """A payout whose fee nobody has booked."""
    row = make_balance_row("payout", "0", fee="0.25", source="po_1")
    matching.match()
    return Difference.objects.get(balance_transaction=row)


def test_reconcile_now_starts_one(client_of, owner):
    client = client_of(owner)
    assert "Reconciling" in post(client, START).headers["HX-Trigger"]
    assert "running already" in post(client, START).headers["HX-Trigger"]
    assert Reconciliation.objects.get().by == owner and Job.objects.count() == 1
    assert [event.verb for event in AuditEvent.objects.all()] == ["reconciliation.started"]


def test_without_javascript_it_leads_back(client_of, owner):
    assert client_of(owner).post(START)["Location"] == "/admin/billing/reconciliation/"


def test_a_repair_books_what_was_missing_and_matches_again(client_of, owner, lost_fee):
    assert "1 difference is being repaired" in post(client_of(owner), one(lost_fee)).headers["HX-Trigger"]
    asked = AuditEvent.objects.get()
    assert (asked.verb, asked.actor, asked.after["kind"]) == ("difference.repair_asked", owner, "fee_missing")
    assert account_balance("stripe_fees") == 0, "nothing moves before the job"
    work()
    lost_fee.refresh_from_db()
    assert float(account_balance("stripe_fees")) == 0.25
    assert (lost_fee.outcome, lost_fee.is_open) == ("Repaired by Owner", False)


def test_twice_is_one_repair(client_of, owner, lost_fee):
    client = client_of(owner)
    post(client, one(lost_fee))
    assert "under way" in post(client, one(lost_fee)).headers["HX-Trigger"]
    assert Job.objects.count() == AuditEvent.objects.count() == 1
    work()
    assert "settled" in post(client, one(lost_fee)).headers["HX-Trigger"]
    repairs.repair(lost_fee, by=owner)
    assert float(account_balance("stripe_fees")) == 0.25


def test_all_are_repaired_in_one_job(client_of, owner, lost_fee):
    make_balance_row("stripe_fee", "-2")
    matching.match()
    assert "2 differences are" in post(client_of(owner), ALL).headers["HX-Trigger"]
    assert Job.objects.count() == 1 and AuditEvent.objects.count() == 2
    work()
    assert not Difference.objects.open().exists() and float(account_balance("stripe_fees")) == 2.25


@pytest.mark.parametrize("person", ["accountant", "supporter", "marketer"])
def test_others_may_not(client_of, request, person, lost_fee):
    client = client_of(request.getfixturevalue(person))
    for path in (START, ALL, one(lost_fee)):
        assert post(client, path).status_code == 403
    assert not Job.objects.exists()


def test_a_worker_that_dies_in_the_middle_leaves_it_to_the_next(client_of, owner, lost_fee, monkeypatch):
    post(client_of(owner), one(lost_fee))
    job = Job.objects.get()
    with monkeypatch.context() as broken:
        broken.setattr(matching, "match", lambda: 1 / 0)
        run_now(job)
    assert job.state == State.NEW and Difference.objects.get().is_open
    run_now(job)
    assert job.state == State.DONE and not Difference.objects.get().is_open
    assert float(account_balance("stripe_fees")) == 0.25


def test_stripe_away_the_repair_waits(lost_fee, owner, monkeypatch):
    def silent(*args, **kwargs):
        raise stripe_api.Unreachable("Stripe did not answer.")

    found = make_difference()
    monkeypatch.setattr(stripe_api, "call", silent)
    repairs.ask_repair(Difference.objects.filter(pk=found.pk), by=owner)
    job = run_now(Job.objects.get())
    found.refresh_from_db()
    assert (job.state, job.attempts, found.repairs) == (State.NEW, 0, 0) and found.is_being_repaired


# What a repair answers that cannot be


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"type_": "charge"}, "by other means"),
        ({"type_": "charge", "payment_intent": "pi_1"}, "No Checkout Session"),
        ({"type_": "refund", "charge": "ch_1"}, "repair that one first"),
        ({"type_": "adjustment", "category": "dispute", "charge": "ch_1"}, "repair that one first"),
        ({"type_": "reserve_transaction"}, "Nothing here books"),
        ({"type_": "payment_failure_refund"}, "Nothing here books"),
    ],
)
def test_it_says_why_not(row, words, monkeypatch):
    monkeypatch.setattr(stripe_api, "call", lambda *args, **kwargs: {"data": [], "has_more": False})
    found = make_difference(make_balance_row(**row))
    assert not repairs.repair(found)
    found.refresh_from_db()
    assert words in found.error and (found.repairs, found.is_open) == (1, True)


def test_no_machine_corrects_an_amount(owner):
    found = make_difference(kind="amounts_differ")
    assert not repairs.repair(found, by=owner) and repairs.ask_repair(Difference.objects.all(), by=owner) == 0


def test_stripes_nonsense_is_told(monkeypatch):
    monkeypatch.setattr(stripe_api, "call", lambda *args, **kwargs: {"object": "list"})
    found = make_difference()
    assert not repairs.repair(found)
    found.refresh_from_db()
    assert "could not be read or booked: KeyError" in found.error


# Events


@pytest.fixture
def untold(member):
    """A payment that is booked, though its event is dead."""
    top_up = make_top_up(member)
    event = store_event("checkout.session.completed", make_session(top_up))
    StripeEvent.objects.update(state="dead")
    top_up.refresh_from_db()
    from billing import fulfilment

    fulfilment.apply_session(event.object, event.created)
    TopUp.objects.update(payment_intent_id=event.object["payment_intent"])
    make_balance_row(payment_intent=event.object["payment_intent"])
    matching.match()
    return Difference.objects.get()


def test_a_dead_event_is_applied(untold, member):
    assert untold.kind == "event_not_applied" and repairs.repair(untold)
    matching.match()
    assert StripeEvent.objects.get().state == "applied" and not Difference.objects.open().exists()
    assert balances(member).paid == 20


def test_an_event_that_still_cannot_be_applied_says_why(untold):
    StripeEvent.objects.update(livemode=True)
    assert not repairs.repair(untold)
    untold.refresh_from_db()
    assert "live mode event" in untold.error


def test_an_event_that_stripe_does_not_have(untold, monkeypatch):
    Difference.objects.update(event=None)
    StripeEvent.objects.all().delete()
    monkeypatch.setattr(stripe_api, "call", lambda *args, **kwargs: {"data": [], "has_more": False})
    assert not repairs.repair(untold)
    untold.refresh_from_db()
    assert "Stripe lists no such event" in untold.error


# The ledger's side, and Stripe's total


def test_looking_again_finds_what_was_not_listed(monkeypatch):
    late = make_balance_row("payout", "-7", source="po_1")
    payload = late.payload | {
        "type": "payout",
        "reporting_category": "payout",
        "source": "po_1",
        "amount": -700,
        "net": -700,
        "currency": "usd",
        "available_on": late.payload["created"],
    }
    late.delete()
    posting.transfer("payout", debit="bank", credit="stripe", amount=-late.amount, external_id="stripe:payout:po_1")
    matching.match()
    found = Difference.objects.get()
    monkeypatch.setattr(stripe_api, "call", lambda *args, **kwargs: {"data": [payload], "has_more": False})
    assert found.kind == "missing_at_stripe" and repairs.repair(found)
    matching.match()
    assert not Difference.objects.open().filter(kind="missing_at_stripe").exists()
    assert BalanceTransaction.objects.get().source == "po_1"


def test_the_total_is_compared_again(monkeypatch):
    answers = {"balance": {"available": [{"amount": 700, "currency": "usd"}], "pending": []}}
    nothing = {"data": [], "has_more": False}
    monkeypatch.setattr(stripe_api, "call", lambda resource, *args: answers.get(resource, nothing))
    totals.compare()
    found = Difference.objects.get()
    assert (found.kind, found.amount) == ("stripe_total", 7) and matching.unexplained() == 7
    matching.match()
    assert Difference.objects.get().is_open, "matching rows does not settle it"
    answers["balance"] = {"available": [], "pending": []}
    assert repairs.repair(found) and not Difference.objects.open().exists()


def test_a_payment_is_repaired_before_what_belongs_to_it():
    refund = make_difference(make_balance_row("refund", "-5"))
    payment = make_difference(make_balance_row("charge", "20"))
    event = make_difference(make_balance_row("charge", "20", age=timedelta(days=9)), kind="event_not_applied")
    Difference.objects.exclude(pk=event.pk).update(happened_at=payment.happened_at)
    assert list(Difference.objects.in_order()) == [payment, refund, event]
