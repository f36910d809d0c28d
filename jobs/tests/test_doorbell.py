"""A Redis that refuses, hangs or forgets costs a request at most about a second, once in ten."""

import time

import pytest
from django.db import transaction

from jobs import doorbell, sweeper
from jobs.models import Job, State
from jobs.tasks import run
from jobs.tests.make import lose_lease, make_job
from tests.waiting import wait_until


def timed(function, *arguments):
    start = time.monotonic()
    answer = function(*arguments)
    return answer, time.monotonic() - start


def test_it_works(db):
    assert doorbell.ring([1], "default") is True
    assert doorbell.is_open() is False


def test_a_silent_redis_costs_a_second_once(broker, silent):
    broker(silent.port)
    rung, seconds = timed(doorbell.ring, [1], "default")
    assert (rung, doorbell.is_open(), silent.callers()) == (False, True, 1)
    assert 0.9 < seconds < 10
    assert doorbell.ring([2], "default") is False
    assert silent.callers() == 1, "left alone for ten seconds"


def test_a_refusing_redis_is_waited_for_by_nobody(broker, refusing):
    broker(refusing, patience=20)
    rung, seconds = timed(doorbell.ring, [1], "default")
    assert rung is False
    assert seconds < 15


def test_the_change_is_committed_whatever_the_bell_does(committed_db, broker, silent):
    broker(silent.port)
    for _ in range(20):
        _enqueue()
    assert Job.objects.filter(state=State.NEW).count() == 20
    assert silent.callers() == 1
    assert Job.objects.filter(published_at=None).count() == 19, "rung by the next sweep, not after 15 s"


def _enqueue():
    with transaction.atomic():
        return Job.enqueue("test.work", {})


def test_the_circuit_closes_after_ten_seconds(broker, refusing, monkeypatch):
    broker(refusing)
    doorbell.ring([1], "default")
    now = time.monotonic()
    monkeypatch.setattr("jobs.doorbell.time.monotonic", lambda: now + 10.5)
    assert doorbell.is_open() is False


@pytest.fixture
def rung(monkeypatch):
    """The job ids that the sweeper rang for."""
    ids = []
    monkeypatch.setattr(doorbell, "ring", lambda job_ids, queue: ids.extend(job_ids) or True)
    monkeypatch.setattr(sweeper, "_waiting", lambda: 0)
    return ids


def test_the_sweeper_rings_for_what_nobody_heard(db, rung):
    unheard = make_job(published_at=None)
    old = make_job(published_at="2020-01-01T00:00:00Z")
    dead_worker = make_job(published_at="2020-01-01T00:00:00Z", state=State.RUNNING)
    lose_lease(dead_worker)
    make_job()
    make_job(published_at=None, run_at="2999-01-01T00:00:00Z")
    make_job(published_at=None, state=State.DONE)
    make_job(published_at="2020-01-01T00:00:00Z", state=State.RUNNING, lease_until="2999-01-01T00:00:00Z")
    assert sweeper.sweep() == 3
    assert sorted(rung) == sorted([unheard.pk, old.pk, dead_worker.pk])
    assert sweeper.sweep() == 0, "not again for 15 s"


def test_the_sweeper_takes_hundreds_in_small_bites(db, rung):
    for _ in range(250):
        make_job(published_at=None)
    Job.objects.update(published_at=None)
    assert sweeper.sweep() == 250


def test_a_queue_that_is_long_already_gets_no_more(db, rung, monkeypatch):
    make_job(published_at=None)
    monkeypatch.setattr(sweeper, "_waiting", lambda: 1000)
    assert sweeper.sweep() == 0


def test_two_sweepers_do_not_ring_twice(committed_db, rung):
    from django.db import connections

    make_job(published_at=None)
    other = connections.create_connection("default")
    with transaction.atomic():
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [sweeper.LOCK])
    assert sweeper.sweep() == 0
    other.rollback()
    other.close()
    assert sweeper.sweep() == 1


@pytest.fixture
def messages(monkeypatch):
    """What goes to the broker: (queue, job ids) of each message."""
    sent = []
    monkeypatch.setattr("jobs.tasks.run.apply_async", lambda ids, queue, **options: sent.append((queue, ids)))
    return sent


@pytest.fixture
def ringer():
    doorbell.start_ringer()
    yield
    doorbell.stop_ringer()


def test_a_web_process_rings_for_several_jobs_at_once(handler, messages, ringer):
    handler("test.work")(print)
    for job_id in range(25):
        doorbell.ring_soon(job_id, "test.work")
    doorbell.stop_ringer()
    assert [job_id for _, ids in messages for job_id in ids] == list(range(25))
    assert max(len(ids) for _, ids in messages) <= doorbell.TOGETHER
    assert len(messages) < 25


def test_a_long_job_has_a_bell_of_its_own(handler, messages, ringer):
    handler("test.work")(print)
    handler("test.long", atomic=False, queue="low")(len)
    for job_id, kind in enumerate(["test.work", "test.long", "test.unknown", "test.work"]):
        doorbell.ring_soon(job_id, kind)
    doorbell.stop_ringer()
    assert ("low", (1,)) in messages
    assert ("default", (2,)) in messages


def test_other_processes_ring_on_the_spot(messages):
    doorbell.ring_soon(7, "test.work")
    assert messages == [("default", (7,))]


def test_the_ringer_outlives_a_redis_that_fails(messages, monkeypatch, ringer):
    doorbell.close_circuit()  # whatever another test left
    with monkeypatch.context() as broken:
        broken.setattr("jobs.tasks.run.apply_async", lambda *args, **options: 1 / 0)
        doorbell.ring_soon(1, "test.work")
        wait_until(doorbell.is_open, 5)
    doorbell.close_circuit()
    doorbell.ring_soon(2, "test.work")
    doorbell.stop_ringer()
    assert messages == [("default", (2,))]


def test_a_silent_redis_costs_a_web_process_nothing(broker, silent, ringer):
    broker(silent.port, patience=20)
    _, seconds = timed(doorbell.ring_soon, 1, "test.work")
    assert seconds < 15
    silent.hang_up()


def test_one_message_runs_all_its_jobs_whatever_becomes_of_one(handler, db):
    @handler("test.work")
    def work(job):
        if job.payload:
            raise ValueError("boom")

    good, bad, last = make_job(), make_job(payload={"bad": 1}), make_job()
    run(good.pk, bad.pk, last.pk)
    states = dict(Job.objects.values_list("pk", "state"))
    assert (states[good.pk], states[bad.pk], states[last.pk]) == (State.DONE, State.NEW, State.DONE)
