from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from audit.models import AuditEvent
from jobs.models import Job
from jobs.registry import run_now
from selfcheck import runs
from selfcheck.checks import CHECKS
from selfcheck.models import SelfCheck, Why
from selfcheck.tests.conftest import HTMX

ALL = "/admin/selfcheck/checks/run/"
ONE = "/admin/selfcheck/checks/entries/run/"


def test_it_works(db, books, client_of, owner):
    client = client_of(owner)
    answer = client.post(ONE, headers=HTMX)
    assert answer.status_code == 204 and "selfcheck-changed" in answer.headers["HX-Trigger"]
    run_now(Job.objects.get(kind="selfcheck.run"))
    found = SelfCheck.objects.get()
    assert (found.name, found.result, found.asked_by, found.why) == ("entries", "good", owner, "asked")
    audited = AuditEvent.objects.get(verb="self_check.asked")
    assert (audited.actor, audited.after) == (owner, {"checks": ["entries"]})


def test_a_second_click_while_it_runs_starts_nothing(db, books, client_of, owner):
    client = client_of(owner)
    client.post(ONE, headers=HTMX)
    assert "already" in client.post(ONE, headers=HTMX).headers["HX-Trigger"]
    assert '["See the results", "/admin/selfcheck/"]' in client.post(ALL, headers=HTMX).headers["HX-Trigger"]
    asked = [job.payload["names"] for job in Job.objects.filter(kind="selfcheck.run").order_by("pk")]
    assert asked == [["entries"], [check.name for check in CHECKS if check.name != "entries"]]
    for job in Job.objects.filter(kind="selfcheck.run"):
        run_now(job)
    client.post(ONE, headers=HTMX)
    assert Job.objects.filter(kind="selfcheck.run").count() == 3


def test_clicks_at_once_start_one_job(committed_db):
    def click(_):
        try:
            return runs.ask(["entries"], why=Why.ASKED)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(click, range(8)))
    assert sum(job is not None for job in answers) == Job.objects.filter(kind="selfcheck.run").count() == 1


def test_a_plain_browser_is_sent_back(db, client_of, owner):
    assert client_of(owner).post(ALL)["Location"] == "/admin/selfcheck/"


def test_an_unknown_check_is_not_there(db, client_of, owner):
    assert client_of(owner).post("/admin/selfcheck/checks/nonsense/run/").status_code == 404
    assert not Job.objects.filter(kind="selfcheck.run").exists()


@pytest.mark.parametrize("address", [ALL, ONE])
def test_it_requires_billing_read_and_a_post(db, client_of, owner, marketer, address):
    assert client_of(marketer).post(address).status_code == 403
    assert client_of(owner).get(address).status_code == 405
