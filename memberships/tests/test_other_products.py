"""The same Stripe account sells something else: that is no Premium, and nobody ends it or pays it back."""

import pytest

from alerts.models import Alert
from jobs.models import Job
from memberships import invoice_events, subscription_events
from memberships.models import Invoice, Movement, Subscription
from memberships.tests.make import make_subscription
from memberships.tests.told import START, customer_of, invoice_told, make_price, subscription_told, tell

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


def test_any_price_of_ours_is_premium(member):
    """By its id, though the product be another by now; by its product, though somebody made the price at Stripe."""
    price = make_price()
    ours = ({"id": price.stripe_id, "product": "prod_of_before"}, {"id": "price_by_hand", "product": price.product_id})
    for number, sold in enumerate(ours):
        told = subscription_told(customer_of(member), id=f"sub_{number}")
        told["items"]["data"][0]["price"] |= sold
        assert tell("customer.subscription.created", told).state == "applied"
    assert Subscription.objects.count() == 2
