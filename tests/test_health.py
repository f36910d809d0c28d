"""/healthz and /readyz: for each part that is missing, what a load balancer is told."""

import pytest

from jobs.models import Job
from poemvision import health


def test_it_works(client, db):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"database": "ok", "role": "ok", "redis": "ok", "disk": "ok", "queue": "ok"},
    )
    assert answer.headers["Cache-Control"].startswith("max-age=0")


def test_healthz_asks_no_database(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.parametrize("part", ["database", "role", "redis", "disk", "queue"])
def test_a_missing_part_is_named_and_nothing_else_is_told(client, db, monkeypatch, caplog, part):
    def broken():
        raise OSError("connection to 10.1.2.3 refused")

    monkeypatch.setitem(health.CHECKS, part, broken)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()[part] == "failing"
    assert b"10.1.2.3" not in answer.content
    assert "10.1.2.3" in caplog.text


def test_a_redis_that_refuses_is_noticed(client, db, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert client.get("/readyz").json()["redis"] == "failing"


def test_a_job_that_nobody_picks_up_is_noticed(client, db):
    job = Job.enqueue("test.nothing", {})
    assert client.get("/readyz").json()["queue"] == "ok"
    Job.objects.filter(pk=job.pk).update(run_at="2020-01-01T00:00Z")
    assert client.get("/readyz").json()["queue"] == "failing"


def test_it_rejects_post(client):
    assert client.post("/healthz").status_code == 405
    assert client.post("/readyz").status_code == 405
