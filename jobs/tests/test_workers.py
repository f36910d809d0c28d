"""Real workers on real Redis, killed: the job table brings every job to its end, each effect once."""

import os
import signal

import pytest
import redis
from django.conf import settings
from django.db import transaction

from alerts.models import Alert
from jobs import doorbell
from jobs.models import Job, State
from jobs.tests.make import lose_lease
from jobs.tests.workers import kill, start_worker
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def bells():
    """This test run's Redis database, empty."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def worker(committed_db, bells, tmp_path):
    """`worker()` starts one; all end with the test."""
    started = []

    def start():
        started.append(start_worker(tmp_path / "worker.log"))
        return started[-1]

    yield start
    for each in started:
        kill(each)


def enqueue(kind, **payload):
    with transaction.atomic():
        return Job.enqueue(kind, payload)


def finished(job):
    return lambda: Job.objects.get(pk=job.pk).state == State.DONE


def effects():
    return list(Alert.objects.filter(fingerprint__startswith="effect-").values_list("title", flat=True))


def test_it_works(worker):
    running = worker()
    wait_until(finished(enqueue("chore.quick")), 20)
    assert wait_until(finished(enqueue("chore.quick")), 20) < 15, "rung for, not swept up"
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=60) == 0


@pytest.mark.long
def test_a_killed_child_loses_nothing_and_its_effect_happens_once(worker, tmp_path):
    worker()
    job = enqueue("chore.slow_at_first", pid_file=str(tmp_path / "pid"))
    wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text(), 20)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    wait_until(finished(job), 30)
    assert effects() == [str(job.pk)]
    assert Job.objects.get().attempts == 2


@pytest.mark.long
def test_redis_forgets_and_the_workers_die_with_jobs_outstanding(worker, bells):
    first = worker()
    wait_until(finished(enqueue("chore.quick")), 20)
    jobs = [enqueue("chore.quick") for _ in range(150)]
    wait_until(lambda: len(effects()) > 20, 20)
    bells.flushdb()
    kill(first)
    left = Job.objects.exclude(state=State.DONE).count()
    assert left > 20
    worker()
    wait_until(lambda: not Job.objects.exclude(state=State.DONE).exists(), 60)
    assert len(effects()) == len(set(effects())) == len(jobs) + 1
    assert Alert.objects.values("detail").distinct().count() <= 4, "each child keeps its connection"


def test_sigterm_finishes_the_task_in_hand(worker, tmp_path):
    running = worker()
    job = enqueue("chore.slow_at_first", pid_file=str(tmp_path / "pid"), seconds=2)
    wait_until(lambda: (tmp_path / "pid").exists(), 20)
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=60) == 0
    assert finished(job)()
    assert len(effects()) == 1


def test_a_job_that_kills_each_child_ends_dead_and_holds_up_nobody(worker, client_of, owner):
    """The test takes the 20 s of each lease away, and rings as the sweeper would."""
    running = worker()
    wait_until(finished(enqueue("chore.quick")), 30)
    poison = enqueue("chore.kills_its_child")
    for attempt in range(1, 6):
        wait_until(lambda attempt=attempt: Job.objects.get(pk=poison.pk).attempts == attempt, 60)
        lose_lease(poison)
        doorbell.ring([poison.pk], "default")
    wait_until(lambda: Job.objects.get(pk=poison.pk).state == State.DEAD, 30)
    wait_until(finished(enqueue("chore.quick")), 30)
    poison.refresh_from_db()
    assert "The worker died 5 times" in poison.error and running.poll() is None
    assert str(poison.pk) not in effects(), "what it wrote was rolled back each time"
    assert Alert.objects.get(fingerprint="job-dead:chore.kills_its_child").severity == "bad"
    page = client_of(owner).get(f"/admin/jobs/panels/job/{poison.pk}/", headers={"HX-Request": "true"})
    assert "The worker died 5 times" in page.content.decode()
