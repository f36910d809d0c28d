from audit.queries import events_for
from jobs.models import State
from jobs.tests.make import make_job

HTMX = {"HX-Request": "true"}


def test_it_works(client_of, owner):
    job = make_job(state=State.DEAD, attempts=5, error="boom")
    answer = client_of(owner).post(f"/admin/jobs/{job.pk}/retry/", headers=HTMX)
    assert answer.status_code == 204
    assert "jobs-changed" in answer.headers["HX-Trigger"]
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.NEW, 0)
    event = events_for(job).get()
    assert (event.actor, event.verb, event.before, event.after) == (
        owner,
        "job.retried",
        {"state": "dead"},
        {"state": "new"},
    )


def test_a_plain_browser_lands_on_the_job(client_of, owner):
    job = make_job()
    answer = client_of(owner).post(f"/admin/jobs/{job.pk}/cancel/")
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/jobs/{job.pk}/")
    job.refresh_from_db()
    assert job.state == State.CANCELLED


def test_a_job_that_is_over_is_left_alone(client_of, owner):
    job = make_job(state=State.DONE)
    answer = client_of(owner).post(f"/admin/jobs/{job.pk}/cancel/", headers=HTMX)
    assert "it is done already" in answer.headers["HX-Trigger"]
    assert not events_for(job).exists()


def test_it_requires_jobs_retry(client_of, supporter):
    job = make_job(state=State.DEAD)
    assert client_of(supporter).post(f"/admin/jobs/{job.pk}/retry/").status_code == 403


def test_it_rejects_get(client_of, owner):
    assert client_of(owner).get(f"/admin/jobs/{make_job().pk}/retry/").status_code == 405


def test_a_job_that_does_not_exist(client_of, owner):
    assert client_of(owner).post("/admin/jobs/987654321/retry/").status_code == 404
