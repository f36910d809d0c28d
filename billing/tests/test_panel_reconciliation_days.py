"""By day: what Stripe's balance did, and whether it is proven, in the business time zone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from billing import queries
from billing.tests.make import make_balance_row, make_difference, make_run
from tunables import values
from ui.periods import Period

pytestmark = pytest.mark.django_db
PANEL = "/admin/billing/panels/reconciliation_days/"


def text_of(client, query=""):
    return client.get(PANEL + query, headers={"HX-Request": "true"}).content.decode()


def test_it_works(client_of, accountant):
    row = make_balance_row(fee="0.88", age=timedelta(days=2))
    make_balance_row("refund", "-5", age=timedelta(days=2))
    make_run()
    client = client_of(accountant)
    text = text_of(client)
    assert "$14.12" in text and "Matches" in text and "None" in text
    make_difference(row)
    text = text_of(client)
    assert "Differs" in text and "1 open, 0 settled" in text
    assert f"?differences.day={row.created:%Y-%m-%d}&amp;differences.state=all#panel-billing-differences" in text


def test_it_shows_nothing_yet(client_of, accountant):
    assert "Nothing moved in this period" in text_of(client_of(accountant))


def test_what_no_run_has_seen_is_not_proven(client_of, accountant):
    make_balance_row(age=timedelta(days=1))
    client = client_of(accountant)
    assert "Not checked yet" in text_of(client)
    make_run()
    assert "Matches" in text_of(client)
    make_balance_row(age=timedelta(0))
    assert "Not over yet" in text_of(client)


def test_other_currencies_are_not_added_up():
    make_balance_row(currency="eur")
    day = timezone.now().date()
    assert queries.reconciliation_days(period=Period("", day - timedelta(days=9), day, "")) == []


def test_days_begin_in_the_business_time_zone():
    values.change("business_time_zone", "America/New_York", by=None)
    make_balance_row(created=datetime(2026, 11, 24, 3, tzinfo=UTC))
    first = datetime(2026, 11, 20, tzinfo=UTC).date()
    days = queries.reconciliation_days(period=Period("", first, first + timedelta(days=9), ""))
    assert [str(day.day) for day in days] == ["2026-11-23"]


def test_marketing_is_refused(client_of, marketer):
    assert client_of(marketer).get(PANEL).status_code == 403
