import json

import pytest
from django.utils.dateparse import parse_datetime

from alerts.queries import open_alerts
from audit import chain
from audit.models import AuditCheck
from audit.tests.make import make_event, tamper
from jobs.models import Job, State
from jobs.registry import run_now

pytestmark = pytest.mark.usefixtures("confirmed_lately")
FILE = "/admin/audit/head/"
INTEGRITY = "/admin/audit/panels/integrity/"
HTMX = {"HX-Request": "true"}


def test_it_works(client_of, owner):
    client = client_of(owner)
    assert "Not verified yet" in client.get(INTEGRITY, headers=HTMX).content.decode()
    make_event()
    answer = client.post("/admin/audit/verify/", headers=HTMX)
    assert answer.status_code == 204
    assert run_now(Job.objects.get(kind="audit.verify")).state == State.DONE
    assert "verified through row 1" in client.get(INTEGRITY, headers=HTMX).content.decode()


def test_a_break_raises_an_alert_and_shows_in_red(client_of, owner):
    make_event()
    tamper("UPDATE audit_auditevent SET note = 'forged'")
    run_now(Job.enqueue("audit.verify", {}))
    page = client_of(owner).get(INTEGRITY, headers=HTMX).content.decode()
    assert "Broken" in page
    assert "Row 1 (id" in page
    assert open_alerts().get().fingerprint == "audit-broken"


def test_a_cut_tail_is_told_at_every_run(client_of, owner):
    for _ in range(5):
        make_event()
    run_now(Job.enqueue("audit.verify", {}))
    tamper("DELETE FROM audit_auditevent WHERE position > 3")
    for _ in range(2):
        run_now(Job.enqueue("audit.verify", {}))
        page = client_of(owner).get(INTEGRITY, headers=HTMX).content.decode()
        assert "Broken" in page and "its tail was cut" in page
        make_event()
    assert AuditCheck.objects.filter(problem__contains="cut").count() == 1
    assert open_alerts().get().fingerprint == "audit-broken"


def test_what_is_on_the_page_is_in_both_files_and_proves_later_that_nothing_was_cut_off(client_of, supporter):
    client = client_of(supporter)
    assert json.loads(client.get(FILE).content)["position"] == 0
    event = [make_event() for _ in range(3)][-1]
    page = client.get(INTEGRITY, headers=HTMX).content.decode()
    assert event.hash in page and f'href="{FILE}"' in page and f'href="{FILE}?format=csv"' in page
    answer = client.get(FILE)
    facts = json.loads(answer.content)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit-head_3.json"'
    assert (facts["position"], facts["head"], facts["verified_through"]) == (3, event.hash, 0)
    assert parse_datetime(facts["sealed_row_at"]) <= parse_datetime(facts["exported_at"])
    as_csv = b"".join(client.get(FILE, {"format": "csv"}).streaming_content).decode()
    assert f"3,{event.hash}," in as_csv
    assert chain.verify(expected_head=facts["head"]).ok
    tamper("DELETE FROM audit_auditevent WHERE position = 3")
    assert "cut" in chain.verify(expected_head=facts["head"]).problem


def test_verify_requires_logs_read_and_a_post(client_of, owner, marketer):
    assert client_of(marketer).post("/admin/audit/verify/").status_code == 403
    assert client_of(owner).get("/admin/audit/verify/").status_code == 405


def test_it_requires_logs_read(client_of, marketer):
    assert client_of(marketer).get("/admin/audit/panels/integrity/").status_code == 403
