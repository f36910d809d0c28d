"""MRR by month: what moved it opens its members, a member opens every movement."""

import io

import pytest
from openpyxl import load_workbook

from reports import rollups
from reports.tests.make import ago, hears, lives

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
PANEL = "/admin/reports/panels/mrr_by_month/"


def test_it_works(client_of, accountant, member):
    row = lives(member, (ago(4), "12"), (ago(1), "20"))
    hears(row, ago(3), "15", in_time=False)
    rollups.catch_up()
    client = client_of(accountant)
    text = client.get(PANEL).content.decode()
    assert text.count("Restated since") == 2 and "$8.00" in text and "+$3.00" in text
    assert f"who=expansion&amp;from={ago(1):%Y-%m}&amp;to={ago(1):%Y-%m}" in text
    book = load_workbook(io.BytesIO(client.get(f"{PANEL}?format=xlsx").content)).active
    lines = list(book.iter_rows(values_only=True))
    assert lines[0][:3] == ("Month", "Start", "New") and (lines[-1][1], lines[-1][2], lines[1][8]) == (0, 12, 20)
    assert (lines[1][0], lines[-1][0]) == (f"{ago(0):%Y-%m}", f"{ago(4):%Y-%m}"), "the newest first, as on the page"
    shown = client.get(f"/admin/reports/members/?who=expansion&from={ago(1):%Y-%m}&to={ago(1):%Y-%m}").content.decode()
    assert f"Expansion, {ago(1):%B %Y}: $8.00" in shown and f"/admin/reports/members/{member.pk}/" in shown
    told = client.get(f"/admin/reports/members/{member.pk}/").content.decode()
    assert "MRR of" in told and ": $20.00" in told and f"Restates {ago(3):%B %Y}" in told
    assert told.count("Takes back") == 1 and "no longer" in told, "the expansion of 8 is one of 5 by what is known"
    for kind, rows in (("csv", 5), ("xlsx", 5)):
        answer = client.get(f"/admin/reports/members/{member.pk}/?format={kind}")
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        found = content.count(b"\r\n") if kind == "csv" else load_workbook(io.BytesIO(content)).active.max_row
        assert found == rows, "the heading and four movements"


def test_what_was_learnt_late_of_months_before_the_first(client_of, accountant, member):
    """Paid and left, both heard of when it was over; then back in time: the table begins where that was true."""
    row = lives(member, (ago(4), "12"), (ago(3), "0"), in_time=False)
    hears(row, ago(0), "20", in_time=False)
    rollups.catch_up()
    client = client_of(accountant)
    text = client.get(PANEL).content.decode()
    assert text.count("Restated since") == 2 and f"{ago(4):%b %Y}" in text and f"{ago(5):%b %Y}" not in text
    month = f"from={ago(0):%Y-%m}&to={ago(0):%Y-%m}"
    back = client.get(f"/admin/reports/members/?who=reactivation&{month}").content.decode()
    assert ": $20.00</span>" in back, "who paid before, whenever that was learnt"
    late = client.get(f"/admin/reports/members/?who=restated&{month}").content.decode()
    assert "1 row add" in late and "Restated</span>" in late, "plus and minus, which are nothing together"


def test_a_period_before_the_first_month_is_named_as_it_is(client_of, accountant, member):
    lives(member, (ago(1), "12"))
    rollups.catch_up()
    client, days = client_of(accountant), "period=custom&from=2019-01-01&to=2019-02-01"
    told = {"headline": "Jan – Feb 2019", "mrr_by_month": "No MRR yet", "payments": "In 1 Jan – 1 Feb 2019 nobody"}
    for panel, words in told.items():
        text = client.get(f"/admin/reports/panels/{panel}/?{days}").content.decode()
        assert words in text and ">February 2019" not in text, panel


def test_it_shows_nothing_yet(client_of, accountant):
    assert "No MRR yet" in client_of(accountant).get(PANEL).content.decode()


def test_addresses_reach_no_workbook_of_who_may_not_see_them(client_of, accountant, member, monkeypatch):
    type(member).objects.filter(pk=member.pk).update(name="")
    lives(member, (ago(1), "12"))
    rollups.catch_up()
    address = f"/admin/reports/members/?who=new&from={ago(1):%Y-%m}&to={ago(1):%Y-%m}&format=xlsx"
    for sees in (True, False):
        monkeypatch.setattr("reports.files.sees_addresses", lambda user, sees=sees: sees)
        book = load_workbook(io.BytesIO(client_of(accountant).get(address).content)).active
        assert any(member.email == cell for line in book.iter_rows(values_only=True) for cell in line) == sees
