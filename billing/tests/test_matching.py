"""The three-way match on plain rows: each thing that can be wrong, in its own words, and to the cent."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from alerts.models import Alert
from billing import matching, stripe_events
from billing.matching import match
from billing.models import Difference, StripeEvent, TopUp
from billing.tests.make import make_balance_row, make_refund, make_session, make_top_up, store_event
from ledger import posting
from ledger.models import Transaction

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=60)


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(matching, "SETTLING", timedelta(seconds=-5))


@pytest.fixture
def paid(member):
    """A payment whose session, fee and balance transaction are all there."""
    top_up = make_top_up(member)
    stripe_events.apply_event(store_event("checkout.session.completed", make_session(top_up)).pk)
    top_up.refresh_from_db()
    row = make_balance_row(
        amount="20", fee="0.88", source="ch_1", charge="ch_1", payment_intent=top_up.payment_intent_id
    )
    fee_of(row)
    return top_up, row


def fee_of(row):
    posting.transfer(
        "fee", debit="stripe_fees", credit="stripe", amount=Decimal("0.88"), external_id=f"stripe:fee:{row.txn_id}"
    )


def differences() -> dict[str, Decimal]:
    return {one.kind: one.amount for one in Difference.objects.open()}


def test_it_works(paid):
    seen = match()
    assert (seen.rows, seen.matched, seen.waiting) == (1, 1, 0)
    assert seen.stripe_total == seen.ledger_total == Decimal("19.12")
    assert not differences() and matching.unexplained() == 0 and not Alert.objects.exists()


def test_nothing_yet():
    seen = match()
    assert (seen.rows, seen.stripe_total, seen.ledger_total, seen.on_its_way) == (0, 0, 0, 0)


def test_missing_in_the_ledger():
    row = make_balance_row(amount="20", payment_intent="pi_unknown")
    make_balance_row("refund", "-20", source="re_unknown")
    match()
    found = list(Difference.objects.open().order_by("amount"))
    assert [(one.kind, one.amount) for one in found] == [("missing_in_ledger", -20), ("missing_in_ledger", 20)]
    assert found[1].balance_transaction == row and found[1].subject == row.txn_id
    assert matching.unexplained() == 40, "two differences never hide each other"
    assert Alert.objects.get().title == "$40.00 at Stripe is unexplained"


def test_missing_at_stripe():
    posted = posting.transfer(
        "payout", debit="bank", credit="stripe", amount=Decimal(7), external_id="stripe:payout:po_1"
    )
    match()
    found = Difference.objects.get()
    assert (found.kind, found.amount, found.transaction_id) == ("missing_at_stripe", 7, posted.transaction_id)


def test_amounts_differ(paid, member):
    make_balance_row("refund", "-5.01", source="re_1")
    posting.refund(member, Decimal(5), top_up_external_id=paid[0].external_id, external_id="stripe:refund:re_1")
    StripeEvent.objects.update(state="applied")
    match()
    assert differences() == {"amounts_differ": Decimal("-0.01")}


def test_a_fee_is_missing(paid):
    make_balance_row("payout", "0", fee="0.25", source="po_9")
    match()
    assert differences() == {"fee_missing": Decimal("-0.25")}


def test_another_currency_is_no_money_but_a_difference():
    make_balance_row(currency="eur")
    seen = match()
    assert seen.stripe_total == 0 and differences() == {"other_currency": 0}


def test_booked_once_but_moved_twice(paid):
    top_up, _ = paid
    make_balance_row(amount="20", source="ch_2", payment_intent=top_up.payment_intent_id)
    match()
    assert differences() == {"missing_in_ledger": 20}


def test_the_event_is_there_but_was_never_applied(paid):
    StripeEvent.objects.update(state="dead", received_at=timezone.now() - LONG_AGO)
    match()
    found = Difference.objects.get()
    assert (found.kind, found.amount, found.event) == ("event_not_applied", 0, StripeEvent.objects.get())


def test_the_event_never_came(paid):
    StripeEvent.objects.all().delete()
    match()
    assert differences() == {"event_not_applied": 0} and Difference.objects.get().event is None


def test_an_event_that_stripe_has_forgotten_is_no_difference(paid):
    StripeEvent.objects.all().delete()
    type(paid[1]).objects.update(created=timezone.now() - LONG_AGO)
    match()
    assert not differences()


def test_what_is_young_is_on_its_way(paid, monkeypatch):
    monkeypatch.setattr(matching, "SETTLING", timedelta(minutes=5))
    make_balance_row(amount="30", payment_intent="pi_new", age=timedelta(minutes=1))
    posting.transfer("payout", debit="bank", credit="stripe", amount=Decimal(4), external_id="stripe:payout:po_1")
    seen = match()
    assert not differences() and (seen.waiting, seen.on_its_way) == (2, 34)
    assert seen.stripe_total - seen.ledger_total == seen.on_its_way


def test_a_bank_debit_under_way_is_no_difference(member):
    top_up = make_top_up(member, status=TopUp.Status.PROCESSING, payment_intent_id="pi_bank")
    make_balance_row("payment", "20", payment_intent="pi_bank")
    seen = match()
    assert not differences() and seen.on_its_way == 20
    TopUp.objects.filter(pk=top_up.pk).update(status=TopUp.Status.FAILED)
    make_balance_row("payment_failure_refund", "-20", payment_intent="pi_bank")
    seen = match()
    assert not differences() and seen.on_its_way == 0 and seen.rows == seen.matched == 2


def test_a_difference_is_settled_when_it_is_gone_and_opens_anew(paid, member):
    refund = make_refund(paid[0], 500)
    row = make_balance_row("refund", "-5", source=refund["id"])
    match()
    match()
    assert Difference.objects.get().is_open and Alert.objects.get().is_open
    stripe_events.apply_event(store_event("refund.created", refund).pk)
    match()
    assert Difference.objects.get().outcome == "Resolved" and not Alert.objects.get().is_open
    assert Transaction.objects.filter(external_id=f"stripe:refund:{row.source}").exists()


def test_an_old_difference_alarms_though_no_money_is_off():
    make_balance_row(currency="eur")
    match()
    assert not Alert.objects.exists()
    Difference.objects.update(found_at=timezone.now() - timedelta(days=2))
    match()
    assert "more than a day old" in Alert.objects.get().title


def test_sums_differ_by_exactly_the_findings(paid, member):
    """The identity that makes `unexplained` a proof, on a heap of everything at once."""
    make_balance_row(amount="31", fee="1.20", payment_intent="pi_x")
    make_balance_row("refund", "-3", source="re_x", fee="0.10")
    make_balance_row("stripe_fee", "-2")
    make_balance_row("reserve_transaction", "-9")
    make_balance_row("payout", "-6", source="po_x", fee="0.50")
    posting.transfer("payout", debit="bank", credit="stripe", amount=Decimal(5), external_id="stripe:payout:po_x")
    posting.transfer("fee", debit="stripe_fees", credit="stripe", amount=Decimal(1), external_id="by hand")
    seen = match()
    assert seen.stripe_total - seen.ledger_total == sum(one.amount for one in Difference.objects.open())
