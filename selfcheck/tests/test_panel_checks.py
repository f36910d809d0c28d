import pytest

from jobs.models import Job, State
from ledger import checks as ledger
from ledger import posting
from ledger.tests.make import D, break_by, make_member
from selfcheck import runs
from selfcheck.checks import _GROUPS, _OTHERS, CHECKS
from selfcheck.models import SelfCheck, Why
from selfcheck.queries import SHOWN

pytestmark = pytest.mark.django_db


def test_it_works(books, panel):
    runs.run_all(why=Why.NIGHTLY)
    page = panel("checks")
    for words in ("Everything adds up", "sum to $0.00", "2 members: paid", "Stripe $40.00, ledger $40.00: the same"):
        assert words in page
    assert page.count("Adds up") == len(CHECKS) and page.count("Check again") == len(CHECKS)
    assert "hx-trigger" not in page


def test_it_says_when_nothing_was_checked_yet(panel):
    page = panel("checks")
    assert page.count("Not checked yet") == len(CHECKS)
    assert "Not all is known" in page


def test_it_asks_again_while_a_job_runs_and_keeps_what_was_found(books, panel):
    runs.run_all(why=Why.NIGHTLY)
    job = runs.ask(["entries", "lots"], why=Why.ASKED)
    page = panel("checks")
    assert "Waiting for a worker" in page and 'hx-trigger="every 2s"' in page and page.count("Queued") == 2
    fields = {"progress_done": 1, "progress_total": 2, "progress_note": "Lots"}
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, **fields)
    page = panel("checks")
    assert (
        "1 of 2 checks" in page
        and page.count("Checking…") == 1
        and page.count("Queued") == 0
        and "sum to $0.00" in page
    )
    Job.objects.filter(pk=job.pk).update(state=State.DONE)
    assert "hx-trigger" not in panel("checks")


def test_it_shows_why_a_job_waits(panel):
    job = runs.ask(["entries"], why=Why.ASKED)
    Job.objects.filter(pk=job.pk).update(error="OperationalError: gone\n\nFile …")
    page = panel("checks")
    assert "Waiting to try again" in page and "OperationalError: gone" in page and "File …" not in page


def test_it_names_some_of_many_members(books, panel):
    members = [make_member() for _ in range(SHOWN + 5)]
    for person in members:
        posting.grant(person, D(1))
    ids = ", ".join(str(person.pk) for person in members)
    break_by(f"UPDATE ledger_wallet SET granted = 2 WHERE member_id IN ({ids})")
    runs.run_all(why=Why.NIGHTLY)
    page = panel("checks")
    assert members[0].email in page and members[-1].email not in page and "and 5 more" in page


def test_the_page_opens_with_the_results(books, client_of, accountant):
    runs.run_all(why=Why.NIGHTLY)
    page = client_of(accountant).get("/admin/selfcheck/").content.decode()
    assert "Everything adds up" in page and "Check all" not in page


def test_every_rule_of_the_ledger_is_in_one_check():
    grouped = [*_OTHERS, *(name for names in _GROUPS.values() for name in names)]
    assert sorted(grouped) == sorted(rule.name for rule in ledger.CHECKS)


def test_it_requires_billing_read(client_of, marketer):
    for address in ("", "panels/checks/", "panels/frozen/", "panels/runs/"):
        assert client_of(marketer).get(f"/admin/selfcheck/{address}").status_code == 403
    assert not SelfCheck.objects.exists()
