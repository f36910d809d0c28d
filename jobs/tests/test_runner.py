import threading

import pytest
from django.db import connection

from alerts.models import Alert
from alerts.queries import open_alerts
from jobs import heartbeat, runner, tasks
from jobs.models import Job, State
from jobs.registry import LeaseLost, Retry, run_now
from jobs.tests.make import lose_lease, make_due, make_job, run_until_over


def effect(name):
    Alert.objects.create(fingerprint=f"effect-{name}-{Alert.objects.count()}", title=name)


def effects():
    return Alert.objects.filter(fingerprint__startswith="effect-").count()


def test_it_works(db, handler):
    handler("test.work")(lambda job: effect(job.payload["name"]))
    job = run_now(make_job(payload={"name": "one"}))
    assert (job.state, job.attempts, job.error, effects()) == (State.DONE, 1, "", 1)
    assert runner.run(job.pk) is False
    assert effects() == 1


def test_a_message_for_an_unknown_job_does_nothing(db):
    assert runner.run(10**12) is False


def test_a_job_is_not_run_before_its_time(db, handler):
    handler("test.work")(lambda job: effect("x"))
    job = make_job(run_at="2999-01-01T00:00:00Z")
    assert runner.run(job.pk) is False
    assert runner.run_due() == 0
    make_due(job)
    assert runner.run_due() == 1
    assert effects() == 1


def test_a_failure_undoes_the_effect_waits_and_tries_again(db, handler):
    def flaky(job):
        effect("x")
        if job.attempts == 1:
            raise ConnectionError("no\x00 route")

    handler("test.work")(flaky)
    job = run_now(make_job())
    assert (job.state, job.attempts, effects()) == (State.NEW, 1, 0)
    assert "ConnectionError: no route" in job.error
    assert 2 < (job.run_at - job.started_at).total_seconds() < 15
    assert run_until_over(job).state == State.DONE
    assert effects() == 1


def test_poison_is_dead_after_five_attempts_with_its_reason_and_an_alert(db, handler):
    @handler("test.work")
    def poison(job):
        raise ValueError("cannot be eaten")

    job = run_until_over(make_job())
    assert (job.state, job.attempts) == (State.DEAD, 5)
    assert job.error.startswith("ValueError: cannot be eaten")
    alert = open_alerts().get()
    assert (alert.severity, alert.url) == ("bad", f"/admin/jobs/{job.pk}/")
    assert runner.run(job.pk) is False


def test_a_job_that_kills_its_worker_five_times_is_dead(db, handler):
    handler("test.work")(lambda job: effect("x"))
    job = make_job()
    for _ in range(5):
        assert runner.claim(job.pk)
        lose_lease(job)
    assert runner.run(job.pk) is True
    job.refresh_from_db()
    assert (job.state, effects()) == (State.DEAD, 0)
    assert "worker died 5 times" in job.error


def test_a_kind_without_a_handler_ends_dead_and_says_so(db):
    assert "No handler for test.nobody" in run_until_over(make_job("test.nobody")).error


def test_retry_is_no_failed_attempt(db, handler):
    @handler("test.work")
    def waits(job):
        effect("x")
        raise Retry(3600, "waiting for its parent")

    job = run_now(make_job())
    assert (job.state, job.attempts, job.error) == (State.NEW, 0, "waiting for its parent")
    assert (effects(), open_alerts().count()) == (0, 0)
    assert runner.run(job.pk) is False


def test_a_cancelled_run_cannot_finish(db, handler, owner):
    @handler("test.work", atomic=False)
    def long(job):
        assert job.cancelled() is False
        job.progress(1, 2, "half")
        Job.objects.get(pk=job.pk).cancel(by=owner)
        assert job.cancelled() is True
        with pytest.raises(LeaseLost):
            job.progress(2, 2)

    job = run_now(make_job())
    assert (job.state, job.progress_done, job.progress_total, job.progress_note) == (State.CANCELLED, 1, 2, "half")


def test_two_workers_claim_one_job_once(committed_db, handler):
    handler("test.work")(lambda job: effect("x"))
    job, gate, ran = make_job(), threading.Barrier(4), []

    def work():
        gate.wait()
        ran.append(runner.run(job.pk))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ran) == [False, False, False, True]
    assert effects() == 1


def test_the_heartbeat_keeps_a_long_job(committed_db, handler, monkeypatch):
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.05)
    seen = []

    @handler("test.work", atomic=False)
    def long(job):
        seen.append(Job.objects.get(pk=job.pk).lease_until)
        threading.Event().wait(0.4)
        seen.append(Job.objects.get(pk=job.pk).lease_until)

    run_now(make_job())
    assert seen[1] > seen[0]


def test_an_atomic_run_overtaken_by_another_worker_rolls_back(committed_db, handler):
    """The first run stalls past its lease; a second worker does the work; the first one's effect is undone."""

    @handler("test.work")
    def work(job):
        effect(f"run {job.attempts}")
        if job.attempts == 1:
            lend = threading.Thread(target=_second_worker, args=[job])
            lend.start()
            lend.join()

    job = make_job()
    runner.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.DONE, 2)
    assert Alert.objects.get().title == "run 2"


def _second_worker(job):
    lose_lease(job)
    runner.run(job.pk)
    connection.close()


def test_a_retry_that_is_raised_undoes_it(db, handler):
    @handler("test.work")
    def work(job):
        effect("undone")
        raise Retry(30, "Not yet.")

    assert run_now(make_job()).state == State.NEW
    assert effects() == 0


def test_workers_of_renders_and_chores_leave_short_jobs_to_the_others(db, handler, monkeypatch):
    order = []
    handler("test.short")(lambda job: order.append("short"))
    handler("test.long", atomic=False)(lambda job: order.append("long"))
    make_due(make_job("test.short"))
    queues = tasks.run.app.amqp.queues
    monkeypatch.setattr(queues, "_consume_from", {"renders": queues["renders"]})
    tasks.run(make_job("test.long").pk)
    assert order == ["long"]
    monkeypatch.setattr(queues, "_consume_from", {"default": queues["default"]})
    tasks.run(make_job("test.long").pk)
    assert order == ["long", "short", "long"]


def test_what_a_bell_is_about_comes_after_the_short_jobs_that_are_due(db, handler):
    order = []
    handler("test.short")(lambda job: order.append(job.payload["name"]))
    handler("test.long", atomic=False)(lambda job: order.append("long"))
    long = make_job("test.long", run_at="2020-01-01T00:00:00Z")
    later, unheard, died = (make_job("test.short", {"name": name}) for name in ("later", "unheard", "died"))
    make_due(unheard)
    assert runner.claim(died.pk)
    Job.objects.filter(pk=later.pk).update(run_at="2999-01-01T00:00:00Z")
    Job.objects.filter(pk__in=[unheard.pk, died.pk]).update(published_at=None)
    lose_lease(died)
    tasks.run(long.pk)
    assert order == ["unheard", "died", "long"]
    assert runner.run_short() == 0
    make_due(later)
    make_job("test.short", {"name": "one more"})
    assert runner.run_short(limit=1) == 1, "so that long ones have their turn"
