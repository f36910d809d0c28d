"""Stripe's list of balance transactions: all of it, once, whatever happens in the middle."""

import time
from decimal import Decimal

import pytest

from billing import balance, stripe_api, totals
from billing.models import BalanceListing, BalanceTransaction, Difference
from billing.tests.make import make_balance_row
from billing.tests.stripe_side import START, choose, session_id
from ledger.models import Transaction
from ledger.queries import account_balances

pytestmark = pytest.mark.django_db


def pay(client_of, member, stripe_side, amount="20.00") -> str:
    session = session_id(client_of(member).post(START, choose("other", other=amount)))
    stripe_side.sandbox.pay(session)
    return stripe_side.api.checkout.sessions.retrieve(session).payment_intent


def test_it_works(client_of, member, stripe_side):
    intent = pay(client_of, member, stripe_side)
    stripe_side.sandbox.refund(intent, 500)
    listing = balance.fetch_new()
    assert listing.found == 2 and listing.finished_at
    refund, charge = BalanceTransaction.objects.order_by("amount")
    assert (charge.type, charge.amount, charge.fee, charge.net) == ("charge", 20, Decimal("0.88"), Decimal("19.12"))
    assert (refund.type, refund.amount) == ("refund", -5)
    assert charge.payment_intent == refund.payment_intent == intent and refund.charge == charge.source
    assert charge.payload["source"] == charge.source, "no more of the payer is kept than the id"
    assert totals.compare() == Decimal("14.12") and not totals.is_off()


def test_again_and_the_next_one_begin_where_the_last_did(client_of, member, stripe_side):
    pay(client_of, member, stripe_side)
    first = balance.fetch_new()
    second = balance.fetch_new()
    assert (first.found, second.found) == (1, 0) and first.since is None
    assert second.since == first.started_at - balance.OVERLAP
    assert BalanceTransaction.objects.count() == 1


def test_nothing_at_stripe(stripe_side):
    assert balance.fetch_new().found == 0 and totals.compare() == 0


def test_cut_in_the_middle_it_goes_on_where_it_was(client_of, member, stripe_side, monkeypatch):
    monkeypatch.setattr(balance, "PAGE", 1)
    intents = [pay(client_of, member, stripe_side, amount) for amount in ("5.00", "20.00", "50.00")]
    with pytest.raises(balance.Unfinished):
        balance.fetch_new(deadline=time.monotonic())
    stripe_side.sandbox.fault(status=500, path="balance_transactions", times=1)
    with pytest.raises(stripe_api.Unreachable):
        balance.fetch_new()
    assert BalanceTransaction.objects.count() == 1 and BalanceListing.objects.get().finished_at is None
    late = pay(client_of, member, stripe_side, "7.00")  # arrives above the place where the listing was cut
    balance.fetch_new()
    balance.fetch_new()
    assert set(BalanceTransaction.objects.values_list("payment_intent", flat=True)) == {*intents, late}
    assert totals.compare() and not totals.is_off()


def test_a_row_that_the_list_left_out_is_noticed(client_of, member, stripe_side):
    pay(client_of, member, stripe_side)
    balance.fetch_new()
    BalanceListing.objects.update(started_at=BalanceListing.objects.get().started_at + 3 * balance.OVERLAP)
    BalanceTransaction.objects.all().delete()
    totals.compare()
    assert totals.is_off() and Difference.objects.get().amount == Decimal("19.12")
    balance.begin(None)
    balance.fetch_new()
    totals.compare()
    assert not totals.is_off()


@pytest.mark.parametrize(
    ("type_", "amount", "fee", "expected"),
    [
        ("stripe_fee", "-2", "0", {"stripe": -2, "stripe_fees": 2}),
        ("stripe_fee", "2", "0", {"stripe": 2, "stripe_fees": -2}),
        ("adjustment", "-3", "0", {"stripe": -3, "stripe_fees": 3}),
        ("topup", "100", "0", {"stripe": 100, "bank": -100}),
        ("payout", "-10", "0.50", {"stripe": Decimal("-0.5"), "stripe_fees": Decimal("0.5")}),
        ("refund", "-10", "-0.30", {"stripe": Decimal("0.3"), "stripe_fees": Decimal("-0.3")}),
        ("charge", "10", "0.50", {}),
        ("stripe_fee", "0", "0", {}),
        ("reserve_transaction", "-9", "0", {}),
    ],
)
def test_what_stripe_takes_by_itself_is_booked_once(type_, amount, fee, expected):
    row = make_balance_row(type_, amount, fee)
    for _ in range(2):
        balance._book_what_stripe_took(row)
    assert {name: total for name, total in account_balances().items() if total} == expected


def test_a_dispute_is_not_booked_as_a_fee_of_its_own():
    balance._book_what_stripe_took(make_balance_row("adjustment", "-20", "15", category="dispute"))
    assert [each.external_id.rpartition(":")[0] for each in Transaction.objects.all()] == ["stripe:fee"]
    balance._book_what_stripe_took(make_balance_row("stripe_fee", "-2", currency="eur"))
    assert Transaction.objects.count() == 1
