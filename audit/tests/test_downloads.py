"""Every file that leaves the back office is recorded in one place, whichever list it is of."""

import hashlib

import pytest

from alerts.models import raise_alert
from audit.models import AuditEvent
from jobs.models import Job

pytestmark = pytest.mark.usefixtures("confirmed_lately")
LISTS = {"/admin/jobs/panels/jobs/": "jobs:jobs", "/admin/alerts/panels/alerts/": "alerts:alerts"}
LISTS |= {"/admin/audit/panels/log/": "audit:log", "/admin/invites/panels/codes/": "invites:codes"}


@pytest.mark.parametrize("path", LISTS)
def test_who_took_what_and_what_they_got(client_of, owner, path):
    more = {"tab": "all"} if path.endswith("/log/") else {}
    raise_alert("a:1", "One", severity="warn")
    Job.objects.create(kind="x")
    client = client_of(owner)
    AuditEvent.objects.create(verb="x", target="x")
    response = client.get(path, {"format": "csv", "q": "zebra", "state": "", **more})
    asked = AuditEvent.objects.latest("id")
    assert (asked.actor, asked.target, asked.after) == (owner, LISTS[path], {"q": "(words)", **more})
    assert asked.verb == f"{LISTS[path].partition(':')[0]}.exported"
    body = b"".join(response.streaming_content)
    sent = AuditEvent.objects.latest("id")
    assert (sent.verb, sent.target, sent.request_id) == ("export.sent", asked.target, asked.request_id)
    assert sent.after == {"rows": len(body.splitlines()) - 1, "sha256": hashlib.sha256(body).hexdigest()}
    assert (sent.after["rows"] > 0) == ("invites" not in path)


def test_one_that_nobody_took_to_the_end_is_recorded_too(client_of, owner):
    response = client_of(owner).get("/admin/jobs/panels/jobs/?format=csv")
    next(response.streaming_content)
    response._iterator.close()  # as the test client closes it, without the end of the request
    sent = AuditEvent.objects.get(verb="export.sent")
    assert sent.after["stopped"] and sent.after["rows"] == 0
    client_of(owner).head("/admin/jobs/panels/jobs/?format=csv")
    assert AuditEvent.objects.filter(verb="jobs.exported").count() == 1


def test_another_sort_of_file_too_and_the_end_of_the_log_does_not_move(client_of, owner, member):
    client = client_of(owner)
    body = client.get(f"/admin/billing/members/{member.pk}/statement/?format=json").getvalue()
    assert AuditEvent.objects.get(verb="export.sent").after == {"sha256": hashlib.sha256(body).hexdigest()}
    assert client.get("/admin/audit/head/").headers["Content-Disposition"].startswith("attachment")
    assert AuditEvent.objects.filter(verb="export.sent").count() == 1
