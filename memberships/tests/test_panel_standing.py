"""The figures above the lists, each by hand."""

import time

import pytest

from accounts.models import Plan, PlanOverride
from memberships.tests.make import make_attempt, make_invoice, make_subscription
from memberships.tests.told import DAY, START, customer_of, subscription_told, tell

pytestmark = pytest.mark.django_db
PANEL = "/admin/memberships/panels/standing/"


def test_it_works(client_of, accountant, marketer, member, make_people):
    client = client_of(accountant)
    assert "$0.00" in client.get(PANEL).content.decode()
    second, third, fourth = make_people("", "", "")
    for person in (second, fourth):
        PlanOverride.objects.create(user=person, plan=Plan.COMPED, reason="A friend", by=accountant)
    make_subscription(member, "12")
    make_subscription(second, "10", status="past_due")
    make_subscription(third, "8", cancel_at=make_subscription(third, "0", status="canceled").period_end)
    make_attempt(make_invoice(member))
    make_attempt(make_invoice(second, status="open"))
    text = client.get(PANEL).content.decode()
    counts = ("1 renewal not paid yet", "1 of 2 failed invoices", ">1 comped besides")
    for words in ("$30.00", "$22.00", "$10.00", "66.7%", *counts):
        assert words in text.replace(" %", "%").replace("\u202f", ""), words
    assert client_of(marketer).get(PANEL).status_code == 403


def test_it_says_what_of_it_a_test_clock_has_moved_ahead(client_of, accountant, member, outsider):
    """As Stripe tells it, so that the figures are those of the lists below; the reports wait for the month."""
    client, later = client_of(accountant), int(time.time()) + 40 * DAY
    tell("customer.subscription.created", subscription_told(customer_of(member)), START)
    assert "test clock" not in client.get(PANEL).content.decode()
    ahead = subscription_told(customer_of(outsider), 600, at=later, id="sub_2")
    tell("customer.subscription.created", ahead, later)
    text = client.get(PANEL).content.decode()
    assert "$18.00" in text and "ahead of now: $6.00 of this MRR" in text
