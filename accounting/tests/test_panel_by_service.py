"""What each service brought in and cost, and their sum."""

from decimal import Decimal as D

import pytest

from accounting import figures, rollups
from accounting.tests.make import business
from accounting.tests.test_rollups import START
from accounting.tests.test_rows import DAYS, FIRST, LAST

pytestmark = pytest.mark.usefixtures("confirmed_lately")
PANEL = f"/admin/accounting/panels/by_service/?{DAYS}"
HTMX = {"HX-Request": "true"}


def test_it_works(client_of, accountant):
    business(START)
    rollups.catch_up()
    client = client_of(accountant)
    text = client.get(PANEL, headers=HTMX).content.decode()
    assert "All services" in text and "service=studio_render" in text and "−$0.06" in text
    lines = b"".join(client.get(f"{PANEL}&format=csv").streaming_content).decode().splitlines()
    total = lines[-1].split(",")
    found = figures.period(FIRST, LAST)
    assert [D(total[at]) for at in (2, 3, 4, 5)] == [found.revenue, found.promotional, found.cost, found.margin]
    assert lines[0].endswith(
        "Service,Units,Charged paid,Charged granted,Cost,Margin,Margin of charged paid,Unreconciled,Of cost"
    )


def test_it_shows_nothing_yet(client_of, marketer, accountant):
    text = client_of(accountant).get(PANEL, headers=HTMX).content.decode()
    assert "No service sold or cost anything" in text and "Of 10 Mar – 13 Mar 2026 nothing was charged" in text
    assert client_of(marketer).get(PANEL).status_code == 403
