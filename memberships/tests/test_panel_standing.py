"""The figures above the lists, each by hand."""

import pytest

from accounts.models import Plan, PlanOverride
from memberships.tests.make import make_attempt, make_invoice, make_subscription

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
