"""Payouts: bank → stripe once, back once, whatever the number and the order of their events."""

from decimal import Decimal
from itertools import permutations

import pytest

from alerts.models import Alert
from billing import payouts, stripe_events
from billing.models import Payout, StripeEvent
from billing.tests.make import make_payout, store_event
from ledger.models import Transaction
from ledger.queries import account_balance

pytestmark = pytest.mark.django_db


def tell(type_: str, payout: dict) -> StripeEvent:
    return stripe_events.apply_event(store_event(type_, payout).pk)


def booked() -> dict[str, Decimal]:
    return dict(Transaction.objects.values_list("external_id", "amount"))


def test_it_works():
    payout = make_payout(1250, status="pending")
    tell("payout.created", payout)
    tell("payout.paid", payout | {"status": "paid"})
    assert booked() == {f"stripe:payout:{payout['id']}": Decimal("12.50")}
    assert (account_balance("bank"), account_balance("stripe")) == (Decimal("12.50"), Decimal("-12.50"))
    assert Payout.objects.get().status == "paid"


@pytest.mark.parametrize("end", ["failed", "canceled"])
def test_any_order_of_its_events_ends_the_same(end):
    payout = make_payout(1000, status="pending")
    story = [("payout.created", "pending"), ("payout.updated", "in_transit"), (f"payout.{end}", end)]
    ends = set()
    for order in permutations(story):
        one = payout | {"id": make_payout()["id"]}
        for type_, status in (*order, order[0]):
            assert tell(type_, one | {"status": status, "failure_message": None}).state == "applied"
        names = {name.replace(one["id"], "") for name in booked() if one["id"] in name}
        ends.add((frozenset(names), Payout.objects.get(stripe_id=one["id"]).status))
    assert ends == {(frozenset({"stripe:payout:", "stripe:payout::failed"}), end)}
    assert account_balance("bank") == account_balance("stripe") == 0


def test_a_failed_payout_raises_an_alert_once():
    payout = make_payout(1000, status="failed")
    for type_ in ("payout.failed", "payout.updated"):
        tell(type_, payout)
    alert = Alert.objects.get()
    assert alert.severity == "bad" and "$10.00" in alert.title and "closed" in alert.detail and alert.count == 1


def test_a_debit_of_the_bank_comes_in():
    payouts.apply_payout(make_payout(-500))
    assert (account_balance("bank"), account_balance("stripe")) == (-5, 5)


def test_nothing_is_booked_before_the_balance_has_moved():
    payouts.apply_payout(make_payout(status="pending", balance_transaction=None))
    assert not booked() and Payout.objects.get().status == "pending"


def test_another_currency_is_quarantined():
    event = tell("payout.paid", make_payout(currency="eur"))
    assert event.state == "quarantined" and "eur" in event.error and not booked()
