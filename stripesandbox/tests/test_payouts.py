"""Payouts: what is available goes to the bank, and comes back when the bank refuses."""

import httpx
import pytest
import stripe

from stripesandbox.tests.make import make_payment
from stripesandbox.tests.shapes import problems


def types_of(api, payout):
    events = api.events.list({"type": "payout.*", "limit": 100}).data[::-1]
    return [event.type for event in events if event.data.object.id == payout]


def ledger(api):
    rows = list(api.balance_transactions.list({"limit": 100}).auto_paging_iter())
    totals = {"available": 0, "pending": 0}
    for row in rows:
        totals[row.status] += row.net
    return totals


@pytest.fixture
def funds(sandbox, api, clock):
    """Something is available for sure, and nothing else is on its way."""
    sandbox.forget()
    charge = make_payment(sandbox, api, 50_000).payment_intent.latest_charge.id
    sandbox.forward(days=3)
    return charge


def test_it_works(sandbox, api, funds):
    before = api.balance.retrieve().available[0].amount
    assert sandbox.pay_out().status_code == 302
    payout = api.payouts.list({"status": "pending"}).data[0]
    assert (payout.amount, payout.automatic, payout.reconciliation_status) == (before, True, "in_progress")
    assert not problems(payout.to_dict(), stripe.Payout)
    assert api.balance.retrieve().available[0].amount == 0
    carried = list(api.balance_transactions.list({"payout": payout.id, "limit": 100}).auto_paging_iter())
    assert funds in {row.source for row in carried}
    assert sum(row.net for row in carried if row.source != payout.id) == payout.amount
    assert {row.type for row in carried} >= {"charge", "payout"}
    sandbox.pay_payout(payout.id)
    paid = api.payouts.retrieve(payout.id, {"expand": ["balance_transaction"]})
    assert (paid.status, paid.reconciliation_status) == ("paid", "completed")
    assert (paid.balance_transaction.type, paid.balance_transaction.net) == ("payout", -before)
    assert types_of(api, payout.id) == [
        *("payout.created", "payout.updated", "payout.paid", "payout.reconciliation_completed")
    ]


def test_a_payout_arrives_by_itself(sandbox, api, funds):
    payout = api.payouts.create({"amount": 100, "currency": "usd", "metadata": {"a": "b"}})
    assert (payout.automatic, payout.reconciliation_status) == (False, "not_applicable")
    sandbox.forward(days=2)
    assert api.payouts.retrieve(payout.id).status == "paid"
    assert types_of(api, payout.id)[-1] == "payout.paid"
    paid = next(event for event in api.events.list({"type": "payout.paid"}) if event.data.object.id == payout.id)
    assert payout.arrival_date <= paid.created <= payout.arrival_date + 5


@pytest.mark.parametrize("paid_before", [True, False])
def test_a_payout_that_fails_gives_back(sandbox, api, funds, paid_before):
    before = api.balance.retrieve().available[0].amount
    payout = api.payouts.create({"amount": 2500, "currency": "usd"}).id
    if paid_before:
        sandbox.pay_payout(payout)
    sandbox.fail_payout(payout)
    failed = api.payouts.retrieve(payout, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_code) == ("failed", "account_closed")
    entry = failed.failure_balance_transaction
    assert (entry.type, entry.reporting_category, entry.amount) == ("payout_failure", "payout_reversal", 2500)
    assert not problems(failed.to_dict(), stripe.Payout)
    assert api.balance.retrieve().available[0].amount == before
    assert types_of(api, payout)[-1] == "payout.failed"
    sandbox.fail_payout(payout)
    assert types_of(api, payout).count("payout.failed") == 1


def test_a_pending_payout_is_canceled(sandbox, api, funds):
    before = api.balance.retrieve().available[0].amount
    payout = api.payouts.create({"amount": 2500, "currency": "usd"}).id
    assert api.payouts.cancel(payout).status == "canceled"
    assert api.balance.retrieve().available[0].amount == before
    with pytest.raises(stripe.InvalidRequestError):
        api.payouts.cancel(payout)


def test_stripe_pays_out_daily(sandbox, api, funds):
    assert sandbox.submit("/payouts/schedule", {"interval": "daily"}).status_code == 302
    assert api.accounts.retrieve_current().settings.payouts.schedule.interval == "daily"
    assert "Stop the daily payouts" in httpx.get(f"{sandbox.url}/balance", trust_env=False).text
    try:
        sandbox.forward(days=1)
        payout = api.payouts.list({"limit": 1}).data[0]
        assert (payout.automatic, payout.created % 86400) == (True, 0)
        assert funds in {row.source for row in api.balance_transactions.list({"payout": payout.id, "limit": 100})}
        made = len(api.payouts.list({"limit": 100}).data)
        sandbox.forward(days=3)  # nothing more is available, and nothing is paid out
        assert len(api.payouts.list({"limit": 100}).data) == made
        assert api.payouts.retrieve(payout.id).status == "paid"
        assert types_of(api, payout.id) == [
            *("payout.created", "payout.updated", "payout.updated", "payout.paid", "payout.reconciliation_completed")
        ]
    finally:
        sandbox.pay_out_daily(False)
    make_payment(sandbox, api)
    sandbox.forward(days=4)
    assert len(api.payouts.list({"limit": 100}).data) == made


def test_a_payout_leaves_and_is_called_back_by_hand(sandbox, api, funds):
    first, second = (api.payouts.create({"amount": 100, "currency": "usd"}).id for _ in range(2))
    sandbox.submit(f"/payouts/{first}/send", {})
    sandbox.submit(f"/payouts/{first}/cancel", {})
    sandbox.submit(f"/payouts/{second}/cancel", {})
    sandbox.submit(f"/payouts/{second}/send", {})
    assert [api.payouts.retrieve(id).status for id in (first, second)] == ["in_transit", "canceled"]
    assert types_of(api, first) == ["payout.created", "payout.updated"]
    assert types_of(api, second) == ["payout.created", "payout.canceled"]


def test_it_pays_out_no_more_than_is_there(sandbox, api, funds):
    available = api.balance.retrieve().available[0].amount
    with pytest.raises(stripe.InvalidRequestError) as caught:
        api.payouts.create({"amount": available + 1, "currency": "usd"})
    assert caught.value.code == "balance_insufficient"
    assert sandbox.pay_out(available + 1).status_code == 422
    api.payouts.create({"amount": available, "currency": "usd"})
    assert "Nothing is available" in sandbox.pay_out().text


def test_the_balance_is_the_sum_of_its_transactions(sandbox, api, funds):
    payment = make_payment(sandbox, api).payment_intent.id
    sandbox.refund(payment, 300)
    dispute = sandbox.dispute(payment)
    sandbox.step_dispute(dispute, "win")
    sandbox.pay_out(1000)
    for row in api.balance_transactions.list({"limit": 10}):
        assert not problems(row.to_dict(), stripe.BalanceTransaction)
    told = api.balance.retrieve()
    assert {"available": told.available[0].amount, "pending": told.pending[0].amount} == ledger(api)


def test_what_is_pending_becomes_available(sandbox, api, clock):
    before = api.balance.retrieve()
    entry = make_payment(sandbox, api).payment_intent.latest_charge.balance_transaction
    assert (entry.status, api.balance.retrieve().pending[0].amount) == ("pending", before.pending[0].amount + entry.net)
    sandbox.forward(days=2, seconds=2)
    assert api.balance_transactions.retrieve(entry.id).status == "available"
    after = api.balance.retrieve()
    assert {"available": after.available[0].amount, "pending": after.pending[0].amount} == ledger(api)
    assert after.available[0].amount >= before.available[0].amount + entry.net
