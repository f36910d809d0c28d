"""What each service brought in and cost, and their sum."""

import csv
import datetime as dt
from decimal import Decimal as D

import pytest

from accounting import closing, figures, rollups, tasks
from accounting.tests.make import business, spend
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


def test_a_closed_month_says_what_each_service_was_closed_with(client_of, accountant):
    member = business(START)["member"]
    rollups.catch_up()
    closing.close(dt.date(2026, 3, 1), by=accountant)
    client, march = client_of(accountant), f"{PANEL.partition('?')[0]}?period=custom&from=2026-03-01&to=2026-03-31"
    assert "Closed with" not in client.get(march, headers=HTMX).text
    before = _csv(client, march)
    spend(member, "0.75", at=START)
    tasks.catch_up()
    text, now = client.get(march, headers=HTMX).text, _csv(client, march)
    assert text.count("Closed with") == text.count("Restated since") == 2, "the service, and all together"
    assert text.count(">+$0.75<") == 4 and text.count(">+1<") == 2, "charged, and margin"
    then = "Charged paid, closed with"
    assert [row[then] for row in now] == [row["Charged paid"] for row in before] == [row[then] for row in before]
    assert sum(D(one["Charged paid"]) - D(one[then]) for one in now) == D("1.5")


def _csv(client, path) -> list[dict]:
    lines = b"".join(client.get(f"{path}&format=csv").streaming_content).decode().splitlines()
    start = next(at for at, line in enumerate(lines) if "Charged paid" in line)
    return list(csv.DictReader(lines[start:]))


def test_it_shows_nothing_yet(client_of, marketer, accountant):
    text = client_of(accountant).get(PANEL, headers=HTMX).content.decode()
    assert "No service sold or cost anything" in text and "Of 10 Mar – 13 Mar 2026 nothing was charged" in text
    assert client_of(marketer).get(PANEL).status_code == 403
