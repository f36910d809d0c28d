"""Month by month: the running one is marked, closed ones are, and what came later stands beside them."""

import datetime as dt

import pytest
from django.utils import timezone

from accounting import closing, figures, rollups, tasks
from accounting.tests.make import business, spend

pytestmark = pytest.mark.usefixtures("confirmed_lately")
PANEL = "/admin/accounting/panels/monthly_trend/"
HTMX = {"HX-Request": "true"}


def test_it_works(client_of, accountant, owner, django_assert_num_queries):
    now = timezone.now()
    before = now.replace(day=1) - dt.timedelta(days=10)
    member = business(before)["member"]
    spend(member, "0.50", at=now)
    rollups.catch_up()
    closing.close(before.date().replace(day=1), by=owner)
    closed, _ = figures.months(2)
    with django_assert_num_queries(0):
        assert closed.close.closed_by == owner
    client = client_of(accountant)
    text = client.get(PANEL, headers=HTMX).content.decode()
    assert f"{now:%b %Y}, running" in text and "Still running" in text and '<details class="as-table" hidden>' in text
    assert "Running" in text and f"by {owner}" in text and "Restated since" not in text
    assert text.count('<tr role="row">') == 3, "no months from before the first"
    spend(member, "0.75", at=before + dt.timedelta(hours=1))
    tasks.catch_up()
    text = client.get(f"{PANEL}?months=24", headers=HTMX).content.decode()
    assert "Restated since" in text and "+$0.75" in text and "−$0.75" in text
    month = f"from={before:%Y-%m}-01"
    rows = client.get(
        f"/admin/accounting/rows/?figure=margin&{month}&to={now.replace(day=1) - dt.timedelta(days=1):%Y-%m-%d}"
    )
    assert (
        "was closed with <strong>$2.69</strong>" in rows.content.decode() and "Margin: $3.44" in rows.content.decode()
    )
    for panel in ("headline", "by_service"):
        of_the_month = f"/admin/accounting/panels/{panel}/?{month}&to={closed.last}"
        text = client.get(of_the_month, headers=HTMX).content.decode()
        assert f"{before:%B %Y} was closed" in text and "it was restated since" in text, panel
        assert "ago</time>, in days of UTC." in text or "now</time>, in days of UTC." in text, panel
        assert "was closed" not in client.get(f"{of_the_month[:-2]}01", headers=HTMX).content.decode(), panel
    file = b"".join(client.get(f"{PANEL}?months=36&format=csv").streaming_content).decode()
    assert f"{before:%Y-%m}-01,closed," in file and file.count("\n") == 3


def test_it_shows_nothing_yet(client_of, accountant):
    assert "No month yet" in client_of(accountant).get(PANEL, headers=HTMX).content.decode()
