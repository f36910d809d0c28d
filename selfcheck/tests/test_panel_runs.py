import csv
import io

import pytest

from ledger.tests.make import break_by
from selfcheck import runs
from selfcheck.checks import CHECKS, named
from selfcheck.models import Why

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books", "confirmed_lately")]


def test_it_works(panel, owner):
    runs.run_all(why=Why.RESTORE)
    runs.run(named("entries"), why=Why.ASKED, by=owner.pk)
    page = panel("runs")
    assert "After a restore" in page and str(owner) in page and page.count("sum to $0.00") == 2


def test_it_filters(panel):
    runs.run_all(why=Why.NIGHTLY)
    break_by("UPDATE ledger_account SET sign = -sign WHERE name = 'stripe'")
    runs.run(named("guards"), why=Why.WATCH)
    assert panel("runs", "?result=bad").count("<tr") == 2
    assert panel("runs", "?check=guards").count("<tr") == 3
    assert "No such runs" in panel("runs", "?check=lots&result=bad")
    assert panel("runs", "?check=nonsense&result=nonsense").count("<tr") == 2 + len(CHECKS)


def test_it_says_when_nothing_ran_yet(panel):
    assert "Never checked yet" in panel("runs")


def test_it_is_a_file_too(client_of, accountant):
    break_by("UPDATE ledger_wallet SET paid = paid + 1")
    runs.run(named("balances"), why=Why.NIGHTLY)
    response = client_of(accountant).get("/admin/selfcheck/panels/runs/?format=csv&result=bad")
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert [row["Check"] for row in rows] == ["Stored balances"]
    assert rows[0]["Result"] == "Does not add up" and "Broken by member" in rows[0]["Broken"]
