from alerts.queries import open_alerts
from audit.tests.make import make_event, tamper
from jobs.models import Job, State
from jobs.registry import run_now

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


def test_verify_requires_audit_read_and_a_post(client_of, owner, marketer):
    assert client_of(marketer).post("/admin/audit/verify/").status_code == 403
    assert client_of(owner).get("/admin/audit/verify/").status_code == 405


def test_it_requires_audit_read(client_of, marketer):
    assert client_of(marketer).get("/admin/audit/panels/integrity/").status_code == 403
