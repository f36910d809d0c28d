"""Subscriptions: Checkout, renewals by the clock, dunning, switching, the end."""

import pytest
import stripe

from stripesandbox.tests.make import make_session
from stripesandbox.tests.shapes import problems


@pytest.fixture(scope="module")
def prices(sandbox):
    api = sandbox.client().v1
    product = api.products.create({"name": "Premium", "metadata": {"plan": "premium"}})
    month, year = (
        api.prices.create(
            {"currency": "usd", "unit_amount": cents, "recurring": {"interval": interval}, "product": product.id}
        )
        for cents, interval in ((1200, "month"), (12000, "year"))
    )
    for made, kind in ((product, stripe.Product), (month, stripe.Price)):
        assert not problems(made.to_dict(), kind)
    return {"month": month.id, "year": year.id}


def subscribe(sandbox, api, price, card="pay", **wishes):
    session = make_session(api, mode="subscription", line_items=[{"price": price, "quantity": 1}], **wishes)
    sandbox.pay(session.id, card)
    return api.checkout.sessions.retrieve(session.id, {"expand": ["subscription", "invoice.payments"]})


def told_since(api, mark):
    """The types of the events after a moment of the test, oldest first."""
    return [event.type for event in list(api.events.list({"ending_before": mark, "limit": 100}).data)[::-1]]


def newest(api):
    return api.events.list({"limit": 1}).data[0].id


def test_it_works(sandbox, api, prices):
    mark = newest(api)
    session = subscribe(sandbox, api, prices["month"], subscription_data={"metadata": {"user": "7"}})
    assert (session.status, session.payment_status, session.payment_intent) == ("complete", "paid", None)
    subscription, invoice = session.subscription, session.invoice
    for made, kind in (
        (session, stripe.checkout.Session),
        (subscription, stripe.Subscription),
        (invoice, stripe.Invoice),
    ):
        assert not problems(made.to_dict(), kind)
    assert (subscription.status, subscription.metadata["user"]) == ("active", "7")
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == ("paid", 1200, "subscription_create")
    assert invoice.parent.subscription_details.subscription == subscription.id
    intent = invoice.payments.data[0].payment.payment_intent
    assert api.payment_intents.retrieve(intent).setup_future_usage == "off_session"
    line, item = invoice.lines.data[0], subscription["items"].data[0]
    assert (line.period.start, line.period.end) == (item.current_period_start, item.current_period_end)
    assert told_since(api, mark) == [
        *("payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "customer.created"),
        *("payment_method.attached", "invoice.created", "customer.subscription.created", "invoice.finalized"),
        *("invoice.updated", "invoice.paid", "invoice.payment_succeeded", "invoice_payment.paid"),
        *("checkout.session.completed", "charge.updated"),
    ]
    refund = api.refunds.create({"payment_intent": intent, "amount": 500})
    assert (refund.status, refund.amount) == ("succeeded", 500)
    assert [one.id for one in api.invoices.list({"subscription": subscription.id})] == [invoice.id]


def test_a_declined_card_begins_nothing(sandbox, api, prices):
    session = subscribe(sandbox, api, prices["month"], "decline")
    assert (session.status, session.subscription, session.invoice) == ("open", None, None)
    for wishes in ({"line_items": [{"price": prices["month"], "quantity": 1}]}, {"mode": "subscription"}):
        with pytest.raises(stripe.InvalidRequestError):
            make_session(api, **wishes)
