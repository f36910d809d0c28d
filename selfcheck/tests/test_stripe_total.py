"""Stripe's own total beside the ledger's."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from alerts.queries import open_alerts
from billing import matching, stripe_api, totals
from billing.models import BalanceTransaction, TopUp
from billing.tests.conftest import stripe_side  # noqa: F401 (a fixture)
from billing.tests.make import make_top_up, store_event
from ledger.queries import account_balance
from selfcheck import runs, stripe_total
from selfcheck.checks import named
from selfcheck.models import Why

pytestmark = pytest.mark.django_db
PAID = {"status": TopUp.Status.PAID, "cash": Decimal(20), "payment_intent_id": "pi_1"}


def check():
    return runs.run(named("stripe"), why=Why.ASKED)


def test_it_works(books):
    found = check()
    assert (found.result, found.summary) == ("good", "Stripe $40.00, ledger $40.00: the same.")
    assert not open_alerts().exists()


def test_a_difference_that_nothing_explains_is_alarmed(books, stripe, monkeypatch):
    monkeypatch.setattr(matching, "SETTLING", timedelta(seconds=-5))
    stripe["pending"][0]["amount"] -= 33
    found = check()
    assert (found.result, found.summary) == ("bad", "Stripe $39.67, ledger $40.00: $0.33 less at Stripe.")
    assert open_alerts().filter(fingerprint="self-check:stripe").exists() and found.members == []
    stripe["pending"][0]["amount"] += 33
    assert check().result == "good" and not open_alerts().filter(fingerprint="self-check:stripe").exists()


def test_what_reconciliation_found_ends_with_it(books, stripe, monkeypatch):
    """Not at the next reconciliation: whoever looks again and sees that it agrees finds no alert any more."""
    listed = {"net": account_balance("stripe"), "amount": account_balance("stripe"), "fee": 0, "currency": "usd"}
    times = {"created": timezone.now(), "available_on": timezone.now()}
    row = BalanceTransaction.objects.create(txn_id="txn_1", type="charge", payload={}, **listed, **times)
    BalanceTransaction.objects.update(net=39)
    totals.compare()
    matching.match()
    assert totals.is_off() and open_alerts().filter(fingerprint=matching.ALERT).exists()
    BalanceTransaction.objects.filter(pk=row.pk).update(net=40)
    assert check().result == "good"
    assert not totals.is_off() and not open_alerts().exists()


def test_what_reconciliation_still_waits_for_is_no_fault(books, stripe):
    stripe["pending"][0]["amount"] -= 33
    found = check()
    assert found.result == "unknown" and "movements of the last minutes" in found.summary
    assert not open_alerts().exists()


def test_a_difference_is_no_fault_while_something_is_on_its_way(books, stripe, member):
    stripe["available"][0]["amount"] -= 88
    paid = make_top_up(member, **PAID, paid_at=timezone.now())
    store_event("charge.updated", {"id": "ch_1"})
    found = check()
    assert found.result == "unknown" and found.summary.endswith("Still on its way: 1 event to apply and 1 fee to book.")
    assert not open_alerts().exists()
    TopUp.objects.filter(pk=paid.pk).update(paid_at=timezone.now() - timedelta(days=2))
    assert check().summary.endswith("Still on its way: 1 event to apply.")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (stripe_api.Unreachable("Stripe did not answer."), "did not answer"),
        (stripe_api.NotConfigured("STRIPE_SECRET_KEY is not set."), "not set"),
        (stripe_api.Rejected("Invalid API Key"), "Invalid API Key"),
    ],
)
def test_it_says_when_stripe_does_not(books, stripe, error, words):
    stripe["error"] = error
    found = check()
    assert found.result == "unknown" and words in found.summary
    assert not open_alerts().exists()


def test_other_currencies_are_told(books, stripe):
    stripe["available"].append({"amount": 100, "currency": "eur"})
    found = check()
    assert found.result == "bad" and "EUR" in found.examples[0]


def test_what_is_booked_meanwhile_disturbs_nothing(books, monkeypatch):
    totals = iter([account_balance("stripe"), 99])
    monkeypatch.setattr(stripe_total, "account_balance", lambda name: next(totals))
    assert check().result == "good"


def test_it_reads_the_answer_of_a_real_endpoint(stripe_side):  # noqa: F811
    assert check().summary.startswith("Stripe $")
