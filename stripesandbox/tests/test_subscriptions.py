"""Subscriptions: Checkout, renewals by the clock, dunning, switching, the end."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta

import httpx
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


def told_since(api, mark, customer):
    """The types of the events about a customer after a moment of the test, oldest first."""
    bills = {bill.id for bill in api.invoices.list({"customer": customer})}
    told = []
    for event in list(api.events.list({"ending_before": mark, "limit": 100}).data)[::-1]:
        thing = event.data.object.to_dict()
        if customer in (thing.get("customer"), thing["id"]) or thing.get("invoice") in bills:
            told.append(event.type)
    return told


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
    assert told_since(api, mark, session.customer) == [
        "customer.created",
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


def forward_to(sandbox, moment):
    """Past a moment of the sandbox, and past its hour of drafts."""
    sandbox.clock_to(moment + 3600 + 60)


def ends(subscription):
    return subscription["items"].data[0].current_period_end


def renewals(api, subscription):
    return [
        (one.status, one.amount_due, one.attempt_count)
        for one in api.invoices.list({"subscription": subscription}).data
    ][::-1]


def test_it_renews_by_a_test_clock(sandbox, api, prices, clock):
    """Begun on a 31st it renews on the last day of each month."""
    today = datetime.now(UTC)
    coming = (today + timedelta(days=days) for days in range(1, 63))
    start = int(next(day for day in coming if day.day == 31).timestamp())
    hands = api.test_helpers.test_clocks.create({"frozen_time": start, "name": "renewals"})
    assert not problems(hands.to_dict(), stripe.test_helpers.TestClock)
    customer = api.customers.create({"email": "clock@example.com", "test_clock": hands.id})
    subscription = subscribe(sandbox, api, prices["month"], customer=customer.id).subscription
    mark = newest(api)
    moving = api.test_helpers.test_clocks.advance(hands.id, {"frozen_time": start + 32 * 86400})
    assert moving.status == "advancing"
    assert api.test_helpers.test_clocks.retrieve(hands.id).status == "ready"
    told = told_since(api, mark, customer.id)
    assert told == [
        *("invoice.created", "customer.subscription.updated", "invoice.finalized", "payment_intent.created"),
        *("charge.succeeded", "payment_intent.succeeded", "invoice.updated", "invoice.paid"),
        *("invoice.payment_succeeded", "invoice_payment.paid", "charge.updated"),
    ]
    api.test_helpers.test_clocks.advance(hands.id, {"frozen_time": start + 95 * 86400})
    after = api.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
    bills = api.invoices.list({"subscription": subscription.id}).data
    ends = [datetime.fromtimestamp(one.lines.data[0].period.end, UTC) for one in bills]
    assert [end.day for end in ends] == [monthrange(end.year, end.month)[1] for end in ends]
    assert renewals(api, subscription.id) == [("paid", 1200, 1)] * 4
    assert after.latest_invoice.billing_reason == "subscription_cycle"
    assert not problems(after.to_dict(), stripe.Subscription)


def failing(api, session):
    """The customer's next card can be saved, and is refused whenever it is charged."""
    customer = session.customer
    bad = api.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer})
    api.subscriptions.update(session.subscription.id, {"default_payment_method": bad.id})
    return customer


def test_a_failed_renewal_is_tried_again_and_recovers(sandbox, api, prices, clock):
    session = subscribe(sandbox, api, prices["month"])
    customer, subscription = failing(api, session), session.subscription
    mark = newest(api)
    forward_to(sandbox, ends(subscription))
    late = api.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
    owed = late.latest_invoice
    assert (late.status, owed.status, owed.attempt_count, owed.amount_remaining) == ("past_due", "open", 1, 1200)
    assert 3 * 86400 - 60 < owed.next_payment_attempt - owed.created - 3600 < 3 * 86400 + 60
    assert told_since(api, mark, customer)[-6:] == [
        *("payment_intent.created", "charge.failed", "payment_intent.payment_failed"),
        *("customer.subscription.updated", "invoice.updated", "invoice.payment_failed"),
    ]
    assert not problems(owed.to_dict(), stripe.Invoice)
    sandbox.clock_to(owed.next_payment_attempt + 60)
    assert api.invoices.retrieve(owed.id).attempt_count == 2
    good = api.payment_methods.attach("pm_card_visa", {"customer": customer})
    api.customers.update(customer, {"invoice_settings": {"default_payment_method": good.id}})
    api.subscriptions.update(subscription.id, {"default_payment_method": good.id})
    mark, key = newest(api), {"idempotency_key": f"pay-{owed.id}"}
    paid = [api.invoices.pay(owed.id, {}, key) for _ in range(2)]
    assert [(one.status, one.attempt_count) for one in paid] == [("paid", 3)] * 2
    assert told_since(api, mark, customer) == [
        *("charge.succeeded", "payment_intent.succeeded", "invoice.updated", "invoice.paid"),
        *("invoice.payment_succeeded", "invoice_payment.paid", "customer.subscription.updated", "charge.updated"),
    ]
    assert api.subscriptions.retrieve(subscription.id).status == "active"


def test_what_nobody_pays_ends(sandbox, api, prices, clock):
    session = subscribe(sandbox, api, prices["month"])
    failing(api, session)
    mark = newest(api)
    forward_to(sandbox, ends(session.subscription) + 16 * 86400)
    gone = api.subscriptions.retrieve(session.subscription.id, {"expand": ["latest_invoice"]})
    assert (gone.status, gone.cancellation_details.reason) == ("canceled", "payment_failed")
    lost = gone.latest_invoice
    assert (lost.status, lost.attempt_count, lost.next_payment_attempt) == ("uncollectible", 4, None)
    assert told_since(api, mark, session.customer)[-3:] == [
        *("invoice.updated", "invoice.marked_uncollectible", "customer.subscription.deleted")
    ]


def test_cards_expire_and_banks_ask(sandbox, api, prices, clock):
    expiring = make_session(api, mode="subscription", line_items=[{"price": prices["year"], "quantity": 1}])
    soon = datetime.now(UTC)
    sandbox.pay(expiring.id, expiry=f"{soon.month:02} / {soon.year % 100:02}")
    asked = subscribe(sandbox, api, prices["year"])
    asks = api.payment_methods.attach("pm_card_authenticationRequired", {"customer": asked.customer})
    api.subscriptions.update(asked.subscription.id, {"default_payment_method": asks.id})
    forward_to(sandbox, ends(asked.subscription))
    codes = {charge.failure_code for charge in api.charges.list({"limit": 10}).data}
    assert {"expired_card", "authentication_required"} <= codes
    (event,) = api.events.list({"type": "invoice.payment_action_required", "limit": 1}).data
    page = f"/invoices/{event.data.object.id}"
    asks_first = sandbox.submit(f"{page}/pay", {})
    assert asks_first.headers["location"] == f"{page}/confirm"
    for answer, status in (("fail", "open"), ("approve", "paid")):
        sandbox.submit(f"{page}/confirm", {"answer": answer})
        assert api.invoices.retrieve(event.data.object.id).status == status
    assert api.subscriptions.retrieve(asked.subscription.id).status == "active"


def test_the_first_payment_of_the_api_may_fail(api, prices, sandbox, clock):
    customer = api.customers.create({"email": "direct@example.com"})
    bad = api.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    asked = {"customer": customer.id, "items": [{"price": prices["month"]}], "default_payment_method": bad.id}
    with pytest.raises(stripe.CardError):
        api.subscriptions.create({**asked, "payment_behavior": "error_if_incomplete"})
    assert not api.subscriptions.list({"customer": customer.id}).data
    made = api.subscriptions.create(asked)
    assert made.status == "incomplete"
    sandbox.forward(hours=24)
    assert api.subscriptions.retrieve(made.id).status == "incomplete_expired"
    assert api.invoices.retrieve(made.latest_invoice).status == "void"
    good = api.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    assert api.subscriptions.create({**asked, "default_payment_method": good.id}).status == "active"


def test_it_ends_with_its_period_or_thinks_better_of_it(sandbox, api, prices, clock):
    subscription = subscribe(sandbox, api, prices["month"]).subscription
    leaving = api.subscriptions.update(
        subscription.id, {"cancel_at_period_end": True, "cancellation_details": {"feedback": "too_expensive"}}
    )
    assert (leaving.status, leaving.cancel_at) == ("active", ends(subscription))
    assert leaving.cancellation_details.feedback == "too_expensive"
    staying = api.subscriptions.update(subscription.id, {"cancel_at_period_end": False})
    assert (staying.cancel_at, staying.canceled_at) == (None, None)
    api.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    forward_to(sandbox, ends(subscription))
    gone = api.subscriptions.retrieve(subscription.id)
    assert (gone.status, len(renewals(api, gone.id))) == ("canceled", 1)
    assert ends(subscription) <= gone.ended_at <= ends(subscription) + 5
    with pytest.raises(stripe.InvalidRequestError):
        api.subscriptions.cancel(gone.id)
    at_once = subscribe(sandbox, api, prices["month"]).subscription
    assert api.subscriptions.cancel(at_once.id).status == "canceled"
    forward_to(sandbox, ends(at_once))
    assert len(renewals(api, at_once.id)) == 1


def switch(api, subscription, price, **wishes):
    item = subscription["items"].data[0].id
    changed = api.subscriptions.update(subscription.id, {"items": [{"id": item, "price": price}], **wishes})
    return api.subscriptions.retrieve(changed.id, {"expand": ["latest_invoice"]})


def test_a_switch_is_prorated(sandbox, api, prices, clock):
    """Half a month of 12.00 is given back; the year that begins costs 120.00; back again leaves a balance."""
    subscription = subscribe(sandbox, api, prices["month"]).subscription
    start = subscription["items"].data[0].current_period_start
    sandbox.clock_to((start + ends(subscription)) // 2)
    yearly = switch(api, subscription, prices["year"])
    bill = yearly.latest_invoice
    credit, charge = bill.lines.data
    assert abs(credit.amount + 600) <= 1 and charge.amount == 12000 and bill.amount_paid == bill.total
    assert credit.parent.subscription_item_details.proration and bill.billing_reason == "subscription_update"
    assert not problems(bill.to_dict(), stripe.Invoice)
    monthly = switch(api, yearly, prices["month"])
    back = monthly.latest_invoice
    assert (back.status, back.amount_due, back.attempt_count) == ("paid", 0, 0)
    owed = api.customers.retrieve(subscription.customer).balance
    assert back.total == back.ending_balance == owed < -10000
    forward_to(sandbox, ends(monthly))
    assert api.customers.retrieve(subscription.customer).balance == owed + 1200
    dearer = api.prices.create(
        {
            "currency": "usd",
            "unit_amount": 2400,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Premium plus"},
        }
    )
    waiting = switch(api, api.subscriptions.retrieve(subscription.id), dearer.id)
    assert waiting.latest_invoice.billing_reason == "subscription_cycle"
    forward_to(sandbox, ends(waiting))
    lines = api.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]}).latest_invoice.lines.data
    assert [line.parent.subscription_item_details.proration for line in lines] == [True, True, False]
    assert abs(lines[0].amount + 1200) <= 3 and abs(lines[1].amount - 2400) <= 6 and lines[2].amount == 2400


def test_the_portal_offers_what_it_is_configured_for(sandbox, api, prices, clock):
    session = subscribe(sandbox, api, prices["month"])
    year = api.prices.retrieve(prices["year"])
    update = {"enabled": True, "products": [{"product": year.product, "prices": [year.id]}]}
    made = api.billing_portal.configurations.create({"features": {"subscription_update": update}})
    assert not problems(made.to_dict(), stripe.billing_portal.Configuration)

    def page():
        asked = {"customer": session.customer, "configuration": made.id}
        return httpx.get(api.billing_portal.sessions.create(asked).url, trust_env=False).text

    assert "Switch to $120.00" in " ".join(page().split())
    api.billing_portal.configurations.update(made.id, {"features": {"subscription_update": {"enabled": False}}})
    assert "Switch to" not in page() and "Cancel the plan" not in page()
    with pytest.raises(stripe.InvalidRequestError, match="is not of the product"):
        update["products"][0]["product"] = "prod_other"
        api.billing_portal.configurations.update(made.id, {"features": {"subscription_update": update}})
    with pytest.raises(stripe.InvalidRequestError, match="No such billing_portal"):
        api.billing_portal.sessions.create({"customer": session.customer, "configuration": "bpc_none"})


def test_the_portal_and_the_dashboard(sandbox, api, prices, clock):
    session = subscribe(sandbox, api, prices["month"])
    customer, id = session.customer, session.subscription.id
    opened = api.billing_portal.sessions.create({"customer": customer, "return_url": "http://localhost:1/back"})
    assert not problems(opened.to_dict(), stripe.billing_portal.Session)
    path = opened.url.removeprefix(sandbox.url)

    def now():
        return api.subscriptions.retrieve(id, {"expand": ["latest_invoice"]})

    sandbox.submit(f"{path}/cancel/{id}", {})
    assert now().cancel_at_period_end
    sandbox.submit(f"{path}/resume/{id}", {})
    assert not now().cancel_at_period_end
    sandbox.submit(f"/subscriptions/{id}/fail", {})
    sandbox.submit(f"{path}/switch/{id}", {"price": prices["year"]})
    assert now()["items"].data[0].price.id == prices["month"], "what cannot be paid is not switched"
    card = {"email": "buyer@example.com", "method": "card", "expiry": "12 / 34", "cvc": "123"}
    assert sandbox.submit(f"{path}/card", {**card, "number": "4000000000000002"}).status_code == 402
    sandbox.submit(f"{path}/card", {**card, "number": "4000000000000341"})
    forward_to(sandbox, ends(now()))
    assert (now().status, now().latest_invoice.attempt_count) == ("past_due", 1)
    assert sandbox.submit(f"{path}/pay/{id}", {}).status_code == 404, "a portal session is over after an hour"
    opened = api.billing_portal.sessions.create({"customer": customer})
    path = opened.url.removeprefix(sandbox.url)
    sandbox.submit(f"{path}/card", {**card, "number": "5555555555554444"})
    sandbox.submit(f"{path}/pay/{id}", {})
    assert (now().status, now().latest_invoice.status) == ("active", "paid")
    sandbox.submit(f"{path}/switch/{id}", {"price": prices["year"]})
    assert now()["items"].data[0].price.recurring.interval == "year"
    shown, board = (httpx.get(f"{sandbox.url}{at}", trust_env=False).text for at in (path, "/subscriptions"))
    assert "$120.00 / year, Mastercard 4444" in " ".join(shown.split()) and "Next card fails" in board
    assert sandbox.submit(f"/subscriptions/{id}/renew", {}).status_code == 302
    assert now().latest_invoice.billing_reason == "subscription_cycle"
    sandbox.submit(f"/subscriptions/{id}/cancel", {})
    assert now().status == "canceled"
    intent = api.invoices.retrieve(now().latest_invoice.id, {"expand": ["payments"]}).payments.data[0].payment
    page = httpx.get(f"{sandbox.url}/payments/{intent.payment_intent}", trust_env=False)
    assert page.status_code == 200 and "invoice.paid" in page.text


def test_an_invoice_that_is_void_can_be_paid_no_more(api, sandbox, prices, clock):
    subscription = subscribe(sandbox, api, prices["month"]).subscription
    sandbox.submit(f"/subscriptions/{subscription.id}/fail", {})
    sandbox.submit(f"/subscriptions/{subscription.id}/renew", {})
    (owed,) = api.invoices.list({"subscription": subscription.id, "status": "open"}).data
    voided = api.invoices.void_invoice(owed.id)
    assert (voided.status, voided.next_payment_attempt) == ("void", None) and voided.status_transitions.voided_at
    for again in (api.invoices.void_invoice, api.invoices.pay):
        with pytest.raises(stripe.InvalidRequestError):
            again(owed.id)
    assert not problems(voided.to_dict(), stripe.Invoice)
    told = api.events.list({"type": "invoice.voided"}).data
    assert [event.data.object.id for event in told].count(owed.id) == 1
