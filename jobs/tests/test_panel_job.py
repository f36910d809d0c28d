from jobs.models import Job, State
from jobs.tests.make import make_job

HTMX = {"HX-Request": "true"}


def test_it_works(client_of, owner):
    job = make_job("audit.verify", {"id": 7}, state=State.DEAD, error="ValueError: cannot be eaten", attempts=5)
    client = client_of(owner)
    page = client.get(f"/admin/jobs/{job.pk}/").content.decode()
    for words in ("&quot;id&quot;: 7", "ValueError: cannot be eaten", "Reason", f"/admin/jobs/{job.pk}/retry/"):
        assert words in page
    assert client.get(f"/admin/jobs/panels/job/{job.pk}/", headers=HTMX).status_code == 286, "over: no more polling"
    Job.objects.filter(pk=job.pk).update(state=State.NEW)
    assert client.get(f"/admin/jobs/panels/job/{job.pk}/", headers=HTMX).status_code == 200
    assert client.get("/admin/jobs/999999999999999999999/").status_code == 404


def test_it_requires_jobs_read(client_of, marketer):
    assert client_of(marketer).get("/admin/jobs/panels/job/1/").status_code == 403
