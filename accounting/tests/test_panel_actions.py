"""What can be done about the books: closing a month, and files of them."""

import contextlib
import csv
import datetime as dt
import io
import uuid
from decimal import Decimal as D

import pytest
from openpyxl import load_workbook

from accounting import closing, figures, rollups
from accounting.models import MonthClose
from accounting.tests.make import business
from accounting.tests.test_rollups import START
from accounting.tests.test_rows import DAYS, FIRST, LAST
from exports.models import Export
from files import storing
from files.tests.conftest import media  # noqa: F401 (a fixture)
from jobs.models import State
from jobs.registry import run_now
from ledger.models import Entry
from tests.cast import confirmed_client

PANEL = f"/admin/accounting/panels/actions/?{DAYS}"
CLOSE = "/admin/accounting/months/2026-03/"


def test_a_month_is_closed_by_who_may_and_once(client_of, owner, accountant):
    business(START)
    rollups.catch_up()
    text = client_of(accountant).get(PANEL).content.decode()
    assert "new/summary/?period=custom" in text and "from March 2026" in text
    assert "Close March" not in text and "Check all" not in text
    assert client_of(accountant).post(f"{CLOSE}close/", {"typed": "March 2026"}).status_code == 403
    asked = client_of(owner).post(f"{CLOSE}close/", {"typed": "March 2026"})
    assert "/account/reauthenticate/" in asked.headers["Location"]
    client = confirmed_client(owner)
    assert "Close March 2026" in client.get(PANEL).content.decode()
    assert "$2.75" in client.get(CLOSE).content.decode()
    wrong = client.post(f"{CLOSE}close/", {"typed": "April 2026"})
    assert wrong.status_code == 422 and not MonthClose.objects.exists()
    assert client.post(f"{CLOSE}close/", {"typed": "March 2026"}).status_code == 302
    again = client.post(f"{CLOSE}close/", {"typed": "March 2026"})
    assert again.status_code == 422 and "March 2026 is closed already." in again.content.decode()
    assert MonthClose.objects.get().closed_by == owner
    assert "cannot be closed" in client.get(CLOSE).content.decode()
    before = client.post("/admin/accounting/months/2026-02/close/", {"typed": "February 2026"})
    assert "Nothing had moved yet" in before.content.decode()
    for month in ("2026-13", "9999-12", "0001-01"):
        assert client.get(f"/admin/accounting/months/{month}/").status_code == 404
    assert "Closed last: March 2026" in client.get(PANEL).content.decode()


def exported(kind, by, columns, form="csv", query=DAYS) -> list[list]:
    """The rows of a file, its head first; cells of a text file are text."""
    facts = {"query": query, "columns": columns, "format": form}
    export = Export.ask(kind=kind, by=by, form_key=uuid.uuid4(), **facts)
    job = run_now(export.job)
    assert job.state == State.DONE, job.error
    export.refresh_from_db()
    assert not export.problem
    with storing.local_copy(export.file) as path:
        if form == "xlsx":
            with contextlib.closing(load_workbook(path, read_only=True)) as book:
                return list(book.active.values)
        return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


@pytest.mark.usefixtures("media")
def test_files_hold_what_the_panels_show(owner, accountant):
    business(START)
    rollups.catch_up()
    names = ["day", "revenue", "cost", "margin", "unreconciled", "refunds", "net_margin", "unspent"]
    head, *lines = exported("summary", accountant, names)
    assert head[0] == "Day" and len(lines) == 4
    found = figures.period(FIRST, LAST)
    sums = [sum(D(line[at]) for line in lines) for at in range(1, 7)]
    assert sums == [found.revenue, found.cost, found.margin, found.unreconciled, found.refunds, found.net_margin]
    days = [dt.date.fromisoformat(line[0]) for line in lines]
    assert [D(line[7]) for line in lines] == [figures.unspent(day) for day in days]
    head, *lines = exported(
        "journal", accountant, ["happened", "kind", "account", "debit", "credit", "service", "member", "email"]
    )
    assert {line[5] for line in lines} == {"", "Lite render", "Studio render"}
    assert "E-mail" not in head, "who may not see addresses gets none"
    assert len(lines) == Entry.objects.count()
    journal = lines
    assert sum(D(line[3]) - D(line[4]) for line in lines) == 0 and sum(D(line[3]) for line in lines) > 0
    _, *lines = exported("journal", accountant, ["debit", "credit"], query=f"{DAYS}&figure=margin&service=music")
    assert lines == [["0.06", "0.00"]]
    close = closing.close(FIRST.replace(day=1), by=owner)
    _, *lines = exported("summary", accountant, ["closed", "restated"])
    assert {line[0][:16] for line in lines} == {f"{close.closed_at:%Y-%m-%d %H:%M}"} and not any(
        line[1] for line in lines
    )
    close.restatements.create(number=1, changes={"cost": "1"})
    assert all(line[0] for line in exported("summary", accountant, ["restated"])[1:])
    head, *rows = exported("summary", owner, ["day", "revenue", "unspent"], "xlsx")
    assert head[0] == "Day" and sum(D(str(row[1])) for row in rows) == found.revenue
    assert [D(str(row[2])) for row in rows] == [figures.unspent(day) for day in days]
    assert [row[0].date() for row in rows] == days
    head, *rows = exported("journal", owner, ["happened", "debit", "email"], "xlsx")
    assert head[2] == "E-mail" and sum(D(str(row[1])) for row in rows) == sum(D(line[3]) for line in journal)


def test_the_way_to_a_file(client_of, accountant, marketer):
    client = confirmed_client(accountant)
    text = client.get(f"/admin/exports/new/journal/?{DAYS}").content.decode()
    assert "confided" in text and "confided" not in client.get("/admin/exports/new/summary/").content.decode()
    assert "Journal" in text and "10 Mar – 13 Mar 2026" in text
    assert "Service: Music" in client.get(f"/admin/exports/new/journal/?{DAYS}&figure=margin&service=music").text
    assert client.get("/admin/exports/new/users/").status_code == 403
    assert client.get("/admin/exports/").status_code == 200
    assert client_of(marketer).get("/admin/exports/new/journal/").status_code == 403
