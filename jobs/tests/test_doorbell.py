"""A Redis that refuses, hangs or forgets costs a request at most about a second, once in ten."""

import socket
import time

import kombu.pools
import pytest
from django.db import transaction

from jobs import doorbell, sweeper
from jobs.models import Job, State
from jobs.tests.make import lose_lease, make_job
from poemvision.celery import app


@pytest.fixture
def broker(monkeypatch):
    """`broker(port)` points the doorbell at another Redis."""

    def point(port):
        monkeypatch.setattr(app.conf, "broker_write_url", f"redis://127.0.0.1:{port}/0")
        _forget_connections()

    yield point
    monkeypatch.undo()
    _forget_connections()


def _forget_connections():
    kombu.pools.reset()
    app.amqp._producer_pool = None


@pytest.fixture
def silent():
    """The port of something that accepts and never answers, like a stopped Redis."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def refusing():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def timed(function, *arguments):
    start = time.monotonic()
    answer = function(*arguments)
    return answer, time.monotonic() - start


def test_it_works(db):
    assert doorbell.ring(1, "default") is True
    assert doorbell.is_open() is False


def test_a_silent_redis_costs_a_second_once(broker, silent):
    broker(silent)
    rung, seconds = timed(doorbell.ring, 1, "default")
    assert (rung, doorbell.is_open()) == (False, True)
    assert seconds < 1.3
    rung, seconds = timed(doorbell.ring, 2, "default")
    assert rung is False
    assert seconds < 0.01


def test_a_refusing_redis_costs_nothing(broker, refusing):
    broker(refusing)
    rung, seconds = timed(doorbell.ring, 1, "default")
    assert rung is False
    assert seconds < 0.3


def test_the_change_is_committed_whatever_the_bell_does(committed_db, broker, silent):
    broker(silent)
    _, seconds = timed(lambda: [_enqueue() for _ in range(20)])
    assert Job.objects.filter(state=State.NEW).count() == 20
    assert seconds < 1.5
    assert Job.objects.filter(published_at=None).count() == 19, "rung by the next sweep, not after 15 s"


def _enqueue():
    with transaction.atomic():
        return Job.enqueue("test.work", {})


def test_the_circuit_closes_after_ten_seconds(broker, refusing, monkeypatch):
    broker(refusing)
    doorbell.ring(1, "default")
    now = time.monotonic()
    monkeypatch.setattr("jobs.doorbell.time.monotonic", lambda: now + 10.5)
    assert doorbell.is_open() is False


@pytest.fixture
def rung(monkeypatch):
    """The job ids that the sweeper rang for."""
    ids = []
    monkeypatch.setattr(doorbell, "ring", lambda job_id, queue: ids.append(job_id) or True)
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
