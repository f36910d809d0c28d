"""Refunds: never more than was paid, by API and by hand, and back again when the bank refuses."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from stripesandbox.tests.make import make_payment, make_session, types_about
from stripesandbox.tests.shapes import problems


def refusal(api, **asked):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        api.refunds.create(asked)
    return caught.value


def test_it_works(sandbox, api):
    charge = make_payment(sandbox, api).payment_intent.latest_charge
    refund = api.refunds.create({"charge": charge.id, "amount": 500, "reason": "requested_by_customer"})
    assert (refund.status, refund.amount, refund.charge) == ("succeeded", 500, charge.id)
    changed = api.charges.retrieve(charge.id)
    assert (changed.amount_refunded, changed.refunded) == (500, False)
    entry = api.balance_transactions.retrieve(refund.balance_transaction)
    assert (entry.type, entry.amount, entry.fee, entry.net) == ("refund", -500, 0, -500)
    assert types_about(api, charge.payment_intent)[-2:] == ["refund.created", "charge.refunded"]
    told = api.events.list({"type": "charge.refunded"}).data[0].data
    assert told.previous_attributes.to_dict() == {"amount_refunded": 0}


def test_it_refunds_the_rest_and_then_nothing(sandbox, api):
    intent = make_payment(sandbox, api).payment_intent
    api.refunds.create({"payment_intent": intent.id, "amount": 1500})
    rest = api.refunds.create({"payment_intent": intent.id})
    assert rest.amount == 500
    assert api.charges.retrieve(intent.latest_charge.id).refunded is True
    error = refusal(api, payment_intent=intent.id)
    assert (error.code, error.http_status) == ("charge_already_refunded", 400)


def test_it_refuses_too_much(sandbox, api):
    intent = make_payment(sandbox, api).payment_intent.id
    assert "greater than charge amount ($20.00)" in str(refusal(api, payment_intent=intent, amount=2001))
    api.refunds.create({"payment_intent": intent, "amount": 1500})
    assert "greater than unrefunded amount on charge ($5.00)" in str(refusal(api, payment_intent=intent, amount=501))
    assert refusal(api, payment_intent=intent, amount=0).param == "amount"
    assert refusal(api, payment_intent=intent, amount=1, reason="whim").param == "reason"


def test_it_refuses_what_was_never_paid(sandbox, api):
    session = make_session(api)
    sandbox.decline(session.id)
    intent = api.checkout.sessions.retrieve(session.id).payment_intent
    assert "does not have a successful charge" in str(refusal(api, payment_intent=intent))
    assert refusal(api).code == "parameter_missing"
    assert refusal(api, charge="ch_nothing").code == "resource_missing"


def test_eight_at_once_never_exceed(sandbox, api):
    intent = make_payment(sandbox, api).payment_intent

    def give_back(_):
        try:
            return sandbox.client().v1.refunds.create({"payment_intent": intent.id, "amount": 700}).amount
        except stripe.InvalidRequestError:
            return 0

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(give_back, range(8))) == 1400
    assert api.charges.retrieve(intent.latest_charge.id).amount_refunded == 1400


def test_it_refunds_from_the_dashboard(sandbox, api):
    intent = make_payment(sandbox, api).payment_intent
    assert sandbox.refund(intent.id, 500, "duplicate").status_code == 302
    refund = api.refunds.list({"payment_intent": intent.id}).data[0]
    assert (refund.amount, refund.reason) == (500, "duplicate")
    event = api.events.list({"type": "refund.created"}).data[0]
    assert event.request.id is None
    too_much = sandbox.refund(intent.id, 1501)
    assert too_much.status_code == 422
    assert "greater than unrefunded amount" in too_much.text
    assert sandbox.refund(intent.id).status_code == 302
    assert api.charges.retrieve(intent.latest_charge.id).refunded is True


def test_a_refund_that_fails_later_gives_back(sandbox, api):
    intent = make_payment(sandbox, api).payment_intent
    refund = api.refunds.create({"payment_intent": intent.id})
    sandbox.fail_refund(refund.id)
    sandbox.fail_refund(refund.id)
    failed = api.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_balance_transaction.amount) == ("failed", 2000)
    assert api.charges.retrieve(intent.latest_charge.id).amount_refunded == 0
    told = types_about(api, intent.id)
    assert [told.count(type) for type in ("refund.failed", "refund.updated", "charge.refund.updated")] == [1, 1, 1]


def test_a_bank_refund_is_pending_first(sandbox, api):
    session = make_session(api)
    sandbox.pay_by_bank(session.id)
    intent = api.checkout.sessions.retrieve(session.id).payment_intent
    assert "has not succeeded" in str(refusal(api, payment_intent=intent))
    sandbox.settle(intent)
    refund = api.refunds.create({"payment_intent": intent})
    assert (refund.status, refund.id[:4]) == ("pending", "pyr_")
    sandbox.complete_refund(refund.id)
    assert api.refunds.retrieve(refund.id).status == "succeeded"
    entry = api.balance_transactions.retrieve(refund.balance_transaction)
    assert (entry.type, entry.reporting_category) == ("payment_refund", "refund")


def test_a_refund_waits_for_the_customer_and_is_canceled(sandbox, api):
    session = make_session(api)
    sandbox.pay(session.id, "refund_pending")
    intent = api.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]}).payment_intent
    refund = api.refunds.create({"payment_intent": intent.id, "amount": 500})
    with pytest.raises(stripe.InvalidRequestError):
        api.refunds.cancel(refund.id)
    sandbox.ask_customer(refund.id)
    asked = api.refunds.retrieve(refund.id)
    assert (asked.status, asked.next_action.type) == ("requires_action", "display_details")
    assert asked.next_action.display_details.email_sent.email_sent_to == "buyer@example.com"
    assert not problems(asked.to_dict(), stripe.Refund)
    canceled = api.refunds.cancel(refund.id)
    assert (canceled.status, canceled.failure_reason) == ("canceled", "merchant_request")
    assert not problems(canceled.to_dict(), stripe.Refund)
    assert api.balance_transactions.retrieve(canceled.failure_balance_transaction).amount == 500
    assert api.charges.retrieve(intent.latest_charge).amount_refunded == 0
    assert "refund.failed" not in types_about(api, intent.id)
    sandbox.cancel_refund(refund.id)
    assert len(api.balance_transactions.list({"source": refund.id}).data) == 2


def test_a_pending_refund_is_canceled_on_the_dashboard(sandbox, api):
    session = make_session(api)
    sandbox.pay(session.id, "refund_pending")
    intent = api.checkout.sessions.retrieve(session.id).payment_intent
    refund = api.refunds.create({"payment_intent": intent})
    sandbox.cancel_refund(refund.id)
    assert api.refunds.retrieve(refund.id).status == "canceled"
    assert api.refunds.create({"payment_intent": intent}).amount == 2000


def test_it_changes_metadata_only(sandbox, api):
    intent = make_payment(sandbox, api).payment_intent.id
    refund = api.refunds.create({"payment_intent": intent, "metadata": {"a": "1"}})
    assert api.refunds.update(refund.id, {"metadata": {"b": "2"}}).metadata.to_dict() == {"a": "1", "b": "2"}
    with pytest.raises(stripe.InvalidRequestError):
        api.refunds.cancel(refund.id)
