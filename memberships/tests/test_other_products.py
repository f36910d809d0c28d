"""The same Stripe account sells something else: that is no Premium, and nobody ends it or pays it back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from alerts.models import Alert, raise_alert
from billing import stripe_events
from billing.models import StripeEvent
from billing.tests.make import store_event
from billing.tests.refunding import confirmed
from jobs.models import Job
from jobs.tests.workers import somebody_waits
from memberships import attempts, checkout, invoice_events, subscription_events
from memberships.models import FailedAttempt, Invoice, Movement, Subscription
from memberships.tests.make import make_invoice, make_subscription
from memberships.tests.told import START, customer_of, invoice_told, make_price, subscription_told, tell
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db
POSTERS = {"price": "price_posters", "product": "prod_posters"}


def posters(member) -> dict:
    told = subscription_told(customer_of(member), 3900, id="sub_posters")
    told["items"]["data"][0]["price"] |= {"id": POSTERS["price"], "product": POSTERS["product"]}
    return told


def posters_billed(member) -> dict:
    told = invoice_told(member, 3900, parent={"subscription_details": {"subscription": "sub_posters", "metadata": {}}})
    told["lines"]["data"][0]["pricing"]["price_details"] = POSTERS
    return told


def test_it_is_left_alone(member):
    make_subscription(member)
    for type_, thing in (
        ("customer.subscription.created", posters(member)),
        ("customer.subscription.updated", posters(member)),
        ("invoice.paid", posters_billed(member)),
    ):
        event = tell(type_, thing)
        assert (event.state, event.error) == (
            "unhandled",
            "Not ours: sub_posters sells nothing of Premium. It is left alone.",
        )
    assert Subscription.objects.count() == 1 and not Invoice.objects.exists() and not Movement.objects.exists()
    assert not Job.objects.exists() and not Alert.objects.exists()


def test_one_that_was_quarantined_before_needs_nobody_any_more(member):
    event = store_event("customer.subscription.created", posters(member), created=START)
    StripeEvent.objects.filter(pk=event.pk).update(attempts=1)
    raise_alert(f"billing.event.{event.event_id}", "It was quarantined")
    assert stripe_events.apply_event(event.pk).state == "unhandled"
    assert not Alert.objects.get().is_open


def test_what_is_asked_about_it_changes_nothing(member, monkeypatch):
    """Events of its discounts name only its id, and a payment only its invoice."""
    invoice = posters_billed(member)
    answers = {
        "subscriptions": posters(member),
        "invoices": invoice,
        "invoice_payments": {"data": [{"invoice": invoice["id"]}]},
    }
    monkeypatch.setattr("billing.stripe_api.call", lambda what, *asked: answers[what])
    tell("customer.discount.created", {"id": "di_1", "subscription": "sub_posters"})
    subscription_events.ask("sub_posters", subscription_events.when(START))
    assert not invoice_events.catch_up("pi_1", subscription_events.when(START))
    assert not Subscription.objects.exists() and not Invoice.objects.exists()


def test_its_failed_payments_are_none_of_premium(member, accountant):
    """Until an invoice of ours is found for one, nobody can tell."""
    declined = {
        "id": "ch_1",
        "object": "charge",
        "payment_intent": "pi_1",
        "amount": 3900,
        "failure_code": "expired_card",
    }
    declined |= {"customer": customer_of(member), "currency": "usd", "description": "Subscription update"}
    assert tell("charge.failed", declined, START).state == "applied"
    browser = confirmed(accountant)
    shown = lambda: browser.get("/admin/memberships/panels/failed_attempts/").content.decode()  # noqa: E731
    assert "No failed payments" in shown()
    attempts.claim(make_invoice(member, payment_intent_id="pi_1"), ["pi_1"])
    assert "expired_card" in shown()
    assert tell("charge.failed", declined | {"id": "ch_2", "payment_intent": "pi_2"}, START).state == "applied"
    checkout.let_go()
    assert [row.attempt_id for row in FailedAttempt.objects.all()] == ["ch_1"]


def test_a_failed_payment_and_its_invoice_do_not_miss_each_other(committed_db, make_people, monkeypatch):
    """While the look at the payment has not committed which one it is, its failure is told."""
    (member,) = make_people("")
    invoice = make_invoice(member, payment_intent_id="")
    declined = {"id": "ch_1", "object": "charge", "payment_intent": "pi_1", "amount": 1200, "customer": None}
    declined |= {"currency": "usd", "description": "Subscription update", "failure_code": "expired_card"}

    def told():
        try:
            return tell("charge.failed", declined).state
        finally:
            connection.close()

    def claim(*asked):
        hears = pool.submit(told)
        claimed(*asked)  # not seen by it yet, nor it by us
        wait_until(lambda: hears.done() or somebody_waits(), 10)

    claimed = attempts.claim
    monkeypatch.setattr(attempts, "claim", claim)
    answers = {
        "invoice_payments": {"data": [{"payment": {"payment_intent": "pi_1"}}]},
        "payment_intents": {"id": "pi_1", "latest_charge": None},
    }
    monkeypatch.setattr("billing.stripe_api.call", lambda what, *asked: answers[what])
    with ThreadPoolExecutor(1) as pool:
        invoice_events.look_at_payment(invoice)
    assert FailedAttempt.objects.get().invoice == invoice


def test_what_fails_on_a_page_of_ours_is_of_premium_before_there_is_an_invoice(member):
    page = checkout.reserve(member, make_price())
    declined = {"id": "ch_1", "object": "charge", "payment_intent": "pi_1", "amount": 1200, "customer": None}
    declined |= {"currency": "usd", "description": "Subscription creation"}
    declined |= {"billing_details": {"email": member.email}}
    tell("charge.failed", declined)
    for number, after in ((2, timedelta(seconds=2)), (3, 2 * attempts.SKEW)):  # Stripe's clock is ahead; much later
        at = int((page.expires_at + after).timestamp())
        tell("charge.failed", declined | {"id": f"ch_{number}", "payment_intent": f"pi_{number}"}, at)
    whose = dict(FailedAttempt.objects.values_list("attempt_id", "member"))
    assert whose == {"ch_1": member.pk, "ch_2": member.pk, "ch_3": None}


def test_any_price_of_ours_is_premium(member):
    """By its id, though the product be another by now; by its product, though somebody made the price at Stripe."""
    price = make_price()
    ours = ({"id": price.stripe_id, "product": "prod_of_before"}, {"id": "price_by_hand", "product": price.product_id})
    for number, sold in enumerate(ours):
        told = subscription_told(customer_of(member), id=f"sub_{number}")
        told["items"]["data"][0]["price"] |= sold
        assert tell("customer.subscription.created", told).state == "applied"
    assert Subscription.objects.count() == 2
