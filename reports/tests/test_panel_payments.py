"""Payments by date, plan and country; each amount opens rows of days, each row its payments."""

import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from billing.models import Dispute, Refund
from billing.tests.make import make_top_up
from memberships.models import MoneyBack
from memberships.tests.make import make_invoice
from reports import money, rollups
from reports.models import DayRevenue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
PANEL = "/admin/reports/panels/payments/"


@pytest.fixture
def paid(member):
    now = timezone.now()
    since = {"created_at": now - timedelta(hours=1)}
    monthly = make_invoice(member, "12", country="DE")
    yearly = make_invoice(member, "99", country="FR", covers_until=now + timedelta(days=365))
    top_ups = [
        make_top_up(member, amount, status="paid", cash=Decimal(amount), paid_at=now, country="DE")
        for amount in ("20", "50")
    ]
    Refund.objects.create(top_up=top_ups[0], stripe_id="re_1", amount=5, status="succeeded", **since)
    Refund.objects.create(top_up=top_ups[0], stripe_id="re_2", amount=5, status="failed", **since)
    Dispute.objects.create(top_up=top_ups[1], stripe_id="du_1", amount=50, status="lost", heard_at=now, **since)
    for number, (kind, invoice) in enumerate((("refund", monthly), ("dispute", yearly))):
        back = {"amount": invoice.cash / 2, "is_booked": True, "status": "lost", "stripe_id": f"back{number}"}
        back |= {"taken_at": now}
        MoneyBack.objects.create(invoice=invoice, kind=kind, **back, **since)
    rollups.catch_up()


def test_it_works(client_of, accountant, paid, monkeypatch):
    client = client_of(accountant)
    for by, words in (("date", "$181.00"), ("plan", "Premium, yearly"), ("country", "FR")):
        text = client.get(f"{PANEL}?by={by}").content.decode()
        assert words in text and "−$11.00" in text and "$70.50" in text, by
        lines = b"".join(client.get(f"{PANEL}?by={by}&format=csv").streaming_content).decode().splitlines()
        assert len(lines) == {"date": 1, "plan": 3, "country": 2}[by] + 2
        book = load_workbook(io.BytesIO(client.get(f"{PANEL}?by={by}&format=xlsx").content)).active
        assert book.max_row == len(lines), by
        first, last = lines[1].split(",")[0], lines[-1].split(",")
        assert len(last) == text.count('role="columnheader"'), "the file has the columns of the screen"
        assert (last[0], last[5]) == ("Together", "70.50") and (by != "date" or first == f"{timezone.now():%Y-%m}"), by
    for period in ("period=all", "period=12m"):
        text = client.get(f"{PANEL}?{period}&by=country").content.decode()
        opened = re.findall(r'href="(/admin/reports/money/[^"]*)">([^<]*)<', text)
        assert len(opened) > 4
        for address, amount in opened:
            assert f": {amount}</span>" in client.get(address.replace("&amp;", "&")).content.decode(), address
    page = re.search(r'href="(/admin/reports/money/[^"]*what=refund[^"]*country=DE)"', text)[1].replace("&amp;", "&")
    days = client.get(page).content.decode()
    assert "Refunds issued: −$11.00" in days and "Country: DE" in days
    assert client.get(f"{page}&format=xlsx").status_code == 200 and "format=xlsx" in days
    monkeypatch.setattr("reports.files.EXCEL_ROWS", 0)
    row = DayRevenue.objects.first()
    rows = f"/admin/reports/money/rows/?day={row.day}&what={row.what}&plan={row.plan}&country={row.country}"
    for address in (page, rows):
        assert "format=xlsx" not in client.get(address).content.decode()
        assert client.get(f"{address}&format=xlsx").status_code == 404, "a workbook is made whole, in memory"
        assert client.get(f"{address}&format=csv").status_code == 200


def test_every_row_of_a_day_is_the_sum_of_its_payments(client_of, accountant, paid):
    client = client_of(accountant)
    found = list(DayRevenue.objects.all())
    assert len(found) == 7 and sum(row.amount for row in found) == Decimal("70.5")
    for row in found:
        behind, amounts = money.rows_of(row.day, row.what, row.plan, row.country)
        assert (behind.count(), sum(amounts.values())) == (row.number, row.amount), str(row)
        address = f"/admin/reports/money/rows/?day={row.day}&what={row.what}&plan={row.plan}&country={row.country}"
        assert client.get(address).status_code == client.get(f"{address}&format=csv").status_code == 200


def test_it_shows_nothing_yet(client_of, accountant):
    client = client_of(accountant)
    assert "No payment" in client.get(PANEL).content.decode()
    assert "Nothing adds up to it here" in client.get("/admin/reports/money/?what=dispute").content.decode()
    assert client.get("/admin/reports/money/rows/?day=2026-01-01").status_code == 404
