"""Top-ups and refunds by day, in the business time zone."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from billing import queries
from ledger import posting
from tunables import values
from ui.periods import Period

pytestmark = pytest.mark.django_db


def test_it_works(member):
    posting.top_up(member, cash=Decimal(20), external_id="t:1")
    posting.top_up(member, cash=Decimal(5), external_id="t:2")
    posting.refund(member, Decimal(3), top_up_external_id="t:1", external_id="r:1")
    today = timezone.now().date()
    assert queries.topups_by_day(period=Period("", today, today, "")) == [(today, Decimal(25), Decimal(3))]


def test_days_without_payments_are_there(member):
    days = queries.topups_by_day(period=Period("", date(2026, 1, 30), date(2026, 2, 2), ""))
    assert [(day.day, money) for day, money, _ in days] == [(30, 0), (31, 0), (1, 0), (2, 0)]


def test_the_day_is_the_business_day(member, owner):
    values.change("business_time_zone", "Pacific/Kiritimati", by=owner)
    posting.top_up(member, cash=Decimal(20), external_id="t:1")
    there = timezone.now().astimezone(values.business_zone()).date()
    assert queries.topups_by_day(period=Period("", there, there, ""))[0][1] == 20


def test_it_requires_billing_read(client_of, marketer):
    assert client_of(marketer).get("/admin/billing/panels/topups_by_day/").status_code == 403
