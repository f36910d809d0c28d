"""Every object has exactly the fields, types and words of the API version that stripe-python pins."""

import pytest
import stripe

from stripesandbox.tests.make import make_payment, make_session
from stripesandbox.tests.shapes import problems


def fits(thing, cls):
    found = problems(thing.to_dict(), cls, cls.__name__)
    assert not found, "\n".join(found)


def test_it_works(sandbox, api):
    session = make_payment(sandbox, api, invoice_creation={"enabled": True})
    assert session.payment_status == "paid"
    assert session.payment_intent.latest_charge.balance_transaction.net == 2000 - 88
    fits(session, stripe.checkout.Session)


@pytest.mark.parametrize("wishes", [{}, {"invoice_creation": {"enabled": True}}, {"customer_email": "a@example.com"}])
def test_it_answers_sessions_in_every_state(sandbox, api, wishes):
    session = make_session(api, **wishes)
    fits(session, stripe.checkout.Session)
    sandbox.pay_by_bank(session.id)
    fits(
        api.checkout.sessions.retrieve(session.id, {"expand": ["line_items", "payment_intent"]}),
        stripe.checkout.Session,
    )
    fits(api.checkout.sessions.expire(make_session(api).id), stripe.checkout.Session)


@pytest.mark.parametrize("card", ["pay", "decline", "no_funds", "challenge", "bank"])
def test_it_answers_payment_intents_and_charges_in_every_state(sandbox, api, card):
    session = make_session(api, payment_intent_data={"metadata": {"a": "b"}, "description": "Top-up"})
    if card == "bank":
        sandbox.pay_by_bank(session.id)
    else:
        sandbox.pay(session.id, card)
    intent = api.payment_intents.retrieve(api.checkout.sessions.retrieve(session.id).payment_intent)
    fits(intent, stripe.PaymentIntent)
    for charge in api.charges.list({"payment_intent": intent.id}):
        fits(charge, stripe.Charge)
    if intent.payment_method:
        fits(api.payment_methods.retrieve(intent.payment_method), stripe.PaymentMethod)


def test_it_answers_refunds_and_balance_transactions(sandbox, api):
    for card in ("pay", "refund_pending"):
        session = make_session(api)
        sandbox.pay(session.id, card)
        intent = api.checkout.sessions.retrieve(session.id).payment_intent
        refund = api.refunds.create({"payment_intent": intent, "amount": 500, "reason": "duplicate"})
        fits(refund, stripe.Refund)
        sandbox.fail_refund(refund.id)
        failed = api.refunds.retrieve(refund.id)
        assert failed.failure_reason == "unknown"
        fits(failed, stripe.Refund)
        for entry in api.balance_transactions.list({"source": refund.id}):
            fits(entry, stripe.BalanceTransaction)


def test_it_answers_invoices(sandbox, api):
    session = make_payment(sandbox, api, invoice_creation={"enabled": True})
    invoice = api.invoices.retrieve(session.invoice.id, {"expand": ["payments"]})
    assert invoice.payments.data[0].payment.payment_intent == session.payment_intent.id
    fits(invoice, stripe.Invoice)
    fits(api.invoice_payments.retrieve(invoice.payments.data[0].id), stripe.InvoicePayment)


def test_it_answers_customers_account_balance_and_endpoints(api, receiver):
    fits(api.customers.create({"email": "a@example.com", "metadata": {"member": "7"}}), stripe.Customer)
    fits(api.accounts.retrieve_current(), stripe.Account)
    fits(api.balance.retrieve(), stripe.Balance)
    fits(api.webhook_endpoints.retrieve(receiver.id), stripe.WebhookEndpoint)


def test_it_answers_events(sandbox, api):
    make_payment(sandbox, api)
    events = api.events.list({"limit": 100}).data
    for event in events:
        fits(event, stripe.Event)
    forged = "tax.settings.updated"  # another test emits one of the wrong mode
    assert {event.livemode for event in events if event.type != forged} == {False}
