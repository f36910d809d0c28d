"""Disputes: what they do to the money, which events they send in which order, and every state that they can reach."""

import httpx
import pytest
import stripe

from stripesandbox.tests.make import make_payment, make_session, types_about
from stripesandbox.tests.shapes import problems

OPENED = ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


def since(api, intent, count=0):
    """The dispute events of a payment."""
    return [type for type in types_about(api, intent) if type.startswith("charge.dispute.")][count:]


def money_of(api, dispute):
    """Category, amount and fee of each movement of a dispute, oldest first."""
    rows = api.balance_transactions.list({"source": dispute}).data[::-1]
    return [(row.reporting_category, row.amount, row.fee) for row in rows]


def test_it_works(sandbox, api):
    payment = make_payment(sandbox, api).payment_intent
    before = api.balance.retrieve()
    dispute = api.disputes.retrieve(sandbox.dispute(payment.id))
    assert (dispute.status, dispute.amount, dispute.reason) == ("needs_response", 2000, "fraudulent")
    assert dispute.network_reason_code == "10.4"
    assert dispute.payment_method_details.card.case_type == "chargeback"
    assert dispute.is_charge_refundable is False
    assert dispute.evidence_details.due_by > dispute.created + 8 * 86400
    entry = dispute.balance_transactions[0]
    assert (entry.type, entry.reporting_category, entry.amount, entry.fee, entry.net) == (
        *("adjustment", "dispute", -2000),
        *(1500, -3500),
    )
    assert entry.fee_details[0].description == "Dispute fee"
    assert entry.source == dispute.id
    assert api.balance.retrieve().available[0].amount == before.available[0].amount - 3500
    assert api.charges.retrieve(payment.latest_charge.id).disputed is True
    assert since(api, payment.id) == OPENED
    told = api.events.list({"type": "charge.dispute.*", "limit": 2}).data
    withdrawn, created = (event.data.object for event in told)
    assert created.balance_transactions == []  # the money goes some seconds after the dispute is there
    assert [row.id for row in withdrawn.balance_transactions] == [entry.id]
    assert not [problem for event in told for problem in problems(event.data.object.to_dict(), stripe.Dispute)]
    shown = httpx.get(f"{sandbox.url}/disputes/{dispute.id}", trust_env=False)
    assert shown.headers["Location"] == f"/payments/{payment.id}"


@pytest.mark.parametrize(
    ("path", "status", "events", "money"),
    [
        (["review"], "under_review", ["updated"], []),
        (["lose"], "lost", ["closed"], []),
        (["review", "lose"], "lost", ["updated", "closed"], []),
        (["win"], "won", ["funds_reinstated", "closed"], [("dispute_reversal", 2000, 0)]),
        (["lose", "appeal"], "appeal_needs_response", ["closed", "updated"], []),
        (["lose", "appeal", "review"], "appeal_under_review", ["closed", "updated", "updated"], []),
        (
            ["lose", "appeal", "review", "win"],
            "won",
            ["closed", "updated", "updated", "funds_reinstated", "closed"],
            [("dispute_reversal", 2000, 0)],
        ),
    ],
)
def test_a_chargeback_goes_every_way(sandbox, api, path, status, events, money):
    payment = make_payment(sandbox, api).payment_intent.id
    dispute = sandbox.dispute(payment)
    for verb in path:
        sandbox.step_dispute(dispute, verb)
    found = api.disputes.retrieve(dispute)
    assert found.status == status
    assert not problems(found.to_dict(), stripe.Dispute)
    assert since(api, payment, 2) == [f"charge.dispute.{event}" for event in events]
    assert money_of(api, dispute) == [("dispute", -2000, 1500), *money]
    assert len(found.balance_transactions) == 1 + len(money)


@pytest.mark.parametrize(
    ("path", "status", "events"),
    [
        ([], "warning_needs_response", []),
        (["review"], "warning_under_review", ["updated"]),
        (["close_warning"], "warning_closed", ["closed"]),
        (["escalate"], "needs_response", ["updated", "funds_withdrawn"]),
    ],
)
def test_a_warning_moves_no_money_before_it_escalates(sandbox, api, path, status, events):
    payment = make_payment(sandbox, api).payment_intent.id
    dispute = sandbox.dispute(payment, status="warning_needs_response")
    for verb in path:
        sandbox.step_dispute(dispute, verb)
    found = api.disputes.retrieve(dispute)
    assert found.status == status
    assert not problems(found.to_dict(), stripe.Dispute)
    assert since(api, payment) == ["charge.dispute.created", *[f"charge.dispute.{event}" for event in events]]
    escalated = path == ["escalate"]
    assert money_of(api, dispute) == ([("dispute", -2000, 1500)] if escalated else [])
    assert found.payment_method_details.card.case_type == ("chargeback" if escalated else "inquiry")
    assert found.is_charge_refundable is not escalated


def test_a_prevented_dispute_takes_the_money_without_a_fee(sandbox, api):
    payment = make_payment(sandbox, api).payment_intent.id
    dispute = sandbox.dispute(payment, status="prevented", amount=700)
    found = api.disputes.retrieve(dispute)
    assert (found.status, found.payment_method_details.card.case_type) == ("prevented", "resolution")
    assert not problems(found.to_dict(), stripe.Dispute)
    assert money_of(api, dispute) == [("dispute", -700, 0)]
    assert since(api, payment) == [*OPENED, "charge.dispute.closed"]


def test_a_dispute_that_the_bank_resolves_is_lost_at_once(sandbox, api):
    """Visa's RDR: lost though the customer was refunded, and no fee."""
    payment = make_payment(sandbox, api).payment_intent.id
    dispute = sandbox.dispute(payment, status="lost")
    found = api.disputes.retrieve(dispute)
    assert (found.status, found.payment_method_details.card.case_type) == ("lost", "resolution")
    assert not problems(found.to_dict(), stripe.Dispute)
    assert money_of(api, dispute) == [("dispute", -2000, 0)]
    assert since(api, payment) == [*OPENED, "charge.dispute.closed"]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        api.refunds.create({"payment_intent": payment})
    assert caught.value.code == "charge_disputed"


def test_the_fee_can_come_back_with_a_win(sandbox, api):
    dispute = sandbox.dispute(make_payment(sandbox, api).payment_intent.id, amount=500)
    sandbox.step_dispute(dispute, "win", fee_back=True)
    assert money_of(api, dispute) == [("dispute", -500, 1500), ("dispute_reversal", 500, -1500)]


@pytest.mark.parametrize(
    ("card", "events", "status"),
    [
        ("dispute", OPENED, "needs_response"),
        ("dispute_not_received", OPENED, "needs_response"),
        ("inquiry", ["charge.dispute.created"], "warning_needs_response"),
    ],
)
def test_some_cards_are_disputed_at_once(sandbox, api, card, events, status):
    session = make_session(api)
    assert sandbox.pay(session.id, card).status_code == 302
    intent = api.checkout.sessions.retrieve(session.id).payment_intent
    told = types_about(api, intent)
    assert told[told.index("charge.updated") + 1 :] == events
    assert api.disputes.list({"payment_intent": intent}).data[0].status == status


def test_what_is_charged_back_cannot_be_refunded(sandbox, api):
    payment = make_payment(sandbox, api).payment_intent.id
    dispute = sandbox.dispute(payment, amount=500)
    for verb in (None, "lose"):
        if verb:
            sandbox.step_dispute(dispute, verb)
        with pytest.raises(stripe.InvalidRequestError) as caught:
            api.refunds.create({"payment_intent": payment, "amount": 100})
        assert (caught.value.code, caught.value.http_status) == ("charge_disputed", 400)
    refused = sandbox.refund(payment)
    assert refused.status_code == 422
    assert "has been charged back" in refused.text
    sandbox.step_dispute(dispute, "appeal")
    sandbox.step_dispute(dispute, "win")
    assert api.refunds.create({"payment_intent": payment}).amount == 2000


def test_a_warned_charge_can_be_refunded(sandbox, api):
    payment = make_payment(sandbox, api).payment_intent.id
    sandbox.dispute(payment, status="warning_needs_response")
    assert api.refunds.create({"payment_intent": payment}).status == "succeeded"


def test_a_dispute_stops_refunds_that_are_on_their_way(sandbox, api):
    session = make_session(api)
    sandbox.pay(session.id, "refund_pending")
    intent = api.checkout.sessions.retrieve(session.id).payment_intent
    refund = api.refunds.create({"payment_intent": intent, "amount": 500})
    dispute = api.disputes.retrieve(sandbox.dispute(intent))
    failed = api.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "charge_for_pending_refund_disputed")
    assert dispute.amount == 2000
    assert api.charges.retrieve(dispute.charge).amount_refunded == 0


def test_it_disputes_what_is_left_of_a_refunded_payment(sandbox, api):
    payment = make_payment(sandbox, api).payment_intent.id
    sandbox.refund(payment, 500)
    assert api.disputes.retrieve(sandbox.dispute(payment)).amount == 1500


def test_only_one_dispute_at_a_time(sandbox, api):
    payment = make_payment(sandbox, api).payment_intent.id
    dispute = sandbox.dispute(payment)
    asked = {"status": "needs_response", "reason": "fraudulent", "amount": "3.21"}
    again = sandbox.submit(f"/payments/{payment}/dispute", asked)
    assert again.status_code == 422
    assert "is under dispute already" in again.text
    assert 'value="3.21"' in again.text
    assert [found.id for found in api.disputes.list({"payment_intent": payment})] == [dispute]
    sandbox.step_dispute(dispute, "close_warning")
    assert api.disputes.retrieve(dispute).status == "needs_response"
    assert sandbox.submit(f"/disputes/{dispute}/forget", {}).status_code == 404


def test_the_api_closes_and_answers_disputes(sandbox, api):
    first = sandbox.dispute(make_payment(sandbox, api).payment_intent.id)
    assert api.disputes.close(first).status == "lost"
    with pytest.raises(stripe.InvalidRequestError):
        api.disputes.close(first)
    second = sandbox.dispute(make_payment(sandbox, api).payment_intent.id)
    staged = api.disputes.update(second, {"evidence": {"customer_name": "Ada"}, "submit": False})
    assert (staged.status, staged.evidence_details.has_evidence) == ("needs_response", True)
    assert api.disputes.update(second, {"metadata": {"a": "b"}}).metadata["a"] == "b"
    assert api.disputes.update(second, {"submit": True}).status == "under_review"
    third = sandbox.dispute(make_payment(sandbox, api).payment_intent.id)
    assert api.disputes.update(third, {"evidence": {"uncategorized_text": "winning_evidence"}}).status == "won"
    with pytest.raises(stripe.InvalidRequestError):
        api.disputes.update(third, {"evidence": {"customer_name": "Ada"}})


def test_it_lists_and_expands_disputes(sandbox, api):
    payment = make_payment(sandbox, api).payment_intent
    dispute = sandbox.dispute(payment.id)
    assert [row.id for row in api.disputes.list({"charge": payment.latest_charge.id})] == [dispute]
    created = api.disputes.retrieve(dispute).created
    assert api.disputes.list({"payment_intent": payment.id, "created": {"gt": created}}).data == []
    expanded = api.disputes.retrieve(dispute, {"expand": ["charge", "payment_intent"]})
    assert (expanded.charge.disputed, expanded.payment_intent.id) == (True, payment.id)


def test_nobody_answers_and_the_dispute_is_lost(sandbox, api, clock):
    payment = make_payment(sandbox, api).payment_intent.id
    dispute = sandbox.dispute(payment)
    due_by = api.disputes.retrieve(dispute).evidence_details.due_by
    sandbox.forward(days=11)
    lost = api.disputes.retrieve(dispute)
    assert (lost.status, lost.evidence_details.past_due) == ("lost", True)
    assert since(api, payment, 2) == ["charge.dispute.updated", "charge.dispute.closed"]
    closed = api.events.list({"type": "charge.dispute.closed"}).data[0]
    assert due_by <= closed.created <= due_by + 5


def test_nobody_answers_and_a_warning_ends_in_peace(sandbox, api, clock):
    dispute = sandbox.dispute(make_payment(sandbox, api).payment_intent.id, status="warning_needs_response")
    sandbox.forward(days=11)
    assert api.disputes.retrieve(dispute).evidence_details.past_due is True
    sandbox.forward(days=110)
    assert api.disputes.retrieve(dispute).status == "warning_closed"


def test_banks_warn_of_fraud(sandbox, api):
    session = make_session(api)
    sandbox.pay(session.id, "fraud_warning")
    intent = api.checkout.sessions.retrieve(session.id).payment_intent
    warning = api.radar.early_fraud_warnings.list({"payment_intent": intent}).data[0]
    assert (warning.actionable, warning.fraud_type) == (True, "made_with_stolen_card")
    assert not problems(warning.to_dict(), stripe.radar.EarlyFraudWarning)
    assert types_about(api, intent)[-1] == "radar.early_fraud_warning.created"
    api.refunds.create({"payment_intent": intent})
    assert api.radar.early_fraud_warnings.retrieve(warning.id).actionable is False
    assert types_about(api, intent)[-1] == "radar.early_fraud_warning.updated"


def test_the_owner_sees_warnings_and_disputes(sandbox, api):
    payment = make_payment(sandbox, api, 4455).payment_intent.id
    sandbox.warn_of_fraud(payment, "misc")
    dispute = sandbox.dispute(payment)
    wrong = sandbox.submit(f"/payments/{payment}/dispute", {"status": "odd", "reason": "fraudulent", "amount": "-1"})
    assert wrong.status_code == 422
    for text in ("Early fraud warning", "nothing left to do", "Needs response", "Let us win", dispute):
        assert text in wrong.text
