"""Words of Stripe's that are true and odd, or that cannot be true: what is booked is what was paid, at its time."""

import copy
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from billing import stripe_events
from billing.tests.make import store_event
from ledger.queries import account_balance
from memberships.models import Invoice, MoneyBack, Subscription
from memberships.tests.told import (
    customer_of,
    invoice_told,
    make_price,
    paid,
    refund_told,
    subscription_told,
    tell,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("cents", [0, -500])
def test_a_refund_of_nothing_is_not_booked(member, cents):
    row = paid(member)
    event = tell("refund.created", refund_told(row, cents))
    assert event.state == "quarantined" and not MoneyBack.objects.exists() and account_balance("stripe") == 12


def test_items_of_two_intervals_count_by_the_month(member):
    told = subscription_told(customer_of(member))
    other = copy.deepcopy(told["items"]["data"][0])
    other["price"] |= {"recurring": {"interval": "year", "interval_count": 1}, "unit_amount_decimal": "12000"}
    told["items"]["data"].append(other)
    assert tell("customer.subscription.created", told).state == "applied"
    row = Subscription.objects.get()
    assert (row.mrr, row.amount, row.interval) == (22, 22, "month")


@pytest.mark.parametrize(
    ("cents", "credit", "fields"),
    [
        (1, "0", {"total": 1}),
        (600, "2.50", {"total": 600}),
        (720, "2.50", {"total": 720, "total_taxes": [{"amount": 120, "tax_behavior": "exclusive"}]}),
        (1440, "5", {"total": 1440, "total_taxes": [{"amount": 240, "tax_behavior": "exclusive"}]}),
        (99_999, "5", {"total": 1200}),
    ],
)
def test_included_credit_follows_what_was_paid_of_the_price(member, cents, credit, fields):
    """A discount takes its share of it; tax besides and money above the total add nothing."""
    assert paid(member, cents, (1200, make_price()), **fields).credit == Decimal(credit)


@pytest.mark.parametrize(
    "evil", ["javascript:alert(1)", "https://evilstripe.com/i", "https://stripe.com@evil.com/i", "http://stripe.com/i"]
)
def test_only_pages_of_stripes_become_links(member, client_of, evil):
    """Whatever is told now, or was before."""
    assert tell("invoice.paid", invoice_told(member, hosted_invoice_url=evil)).state == "applied"
    assert Invoice.objects.get().url == ""
    Invoice.objects.update(url=evil)
    pages = [client_of(member).get(page).content.decode() for page in ("/me/membership/", "/me/payments/")]
    assert all("$12.00" in page and evil not in page for page in pages)
    Invoice.objects.update(url="https://invoice.stripe.com/i/1")
    assert "https://invoice.stripe.com/i/1" in client_of(member).get("/me/payments/").content.decode()


def test_what_live_mode_tells_of_a_time_to_come_waits_for_a_person(member, settings):
    """A test clock is months ahead, and counts."""
    ahead = int((timezone.now() + timedelta(days=90)).timestamp())
    told = subscription_told(customer_of(member))
    assert tell("customer.subscription.created", told, at=ahead).state == "applied"
    settings.STRIPE_LIVEMODE = True
    event = store_event("customer.subscription.deleted", told | {"livemode": True}, created=ahead, livemode=True)
    event = stripe_events.apply_event(event.pk)
    assert event.state == "quarantined" and "ahead of now" in event.error
