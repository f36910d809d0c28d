from datetime import timedelta

from django.utils import timezone

from audit.queries import events_for
from jobs.models import Job, State
from jobs.tests.make import make_job


def test_it_works(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        job = Job.enqueue("test.work", {"id": 7})
    assert Job.objects.get() == job
    job.refresh_from_db()
    assert (job.state, job.payload, job.attempts) == (State.NEW, {"id": 7}, 0)
    assert job.published_at is not None, "its bell rings on commit"


def test_a_dedupe_key_is_taken_once(db):
    assert Job.enqueue("test.work", {}, dedupe_key="evt_1")
    assert Job.enqueue("test.work", {}, dedupe_key="evt_1") is None
    assert Job.enqueue("test.work", {}) and Job.enqueue("test.work", {})


def test_a_row_and_its_job_are_one_statement(db, django_assert_num_queries):
    insert = """
        INSERT INTO tunables_override (key, value, version, changed_at) VALUES (%(key)s, 'x', 1, now())
        ON CONFLICT (key) DO NOTHING RETURNING jsonb_build_object('key', key), 'test:' || key
    """
    with django_assert_num_queries(1):
        number = Job.enqueue_with("test.work", insert, {"key": "a"})
    job = Job.objects.get(pk=number)
    assert (job.kind, job.state, job.payload, job.dedupe_key) == ("test.work", State.NEW, {"key": "a"}, "test:a")
    assert job.published_at is not None, "its bell rings on commit"
    assert Job.enqueue_with("test.work", insert, {"key": "a"}) is None, "the row was there"
    assert Job.objects.count() == 1


def test_a_later_job_rings_later(db):
    job = Job.enqueue("test.work", {}, run_at=timezone.now() + timedelta(hours=1))
    job.refresh_from_db()
    assert job.published_at is None


def test_retry_gives_a_dead_job_new_attempts_and_records_audit(owner):
    job = make_job(state=State.DEAD, attempts=5, error="boom")
    assert job.retry(by=owner) is True
    assert (job.state, job.attempts, job.error) == (State.NEW, 0, "")
    assert job.retry(by=owner) is False
    assert [event.verb for event in events_for(job)] == ["job.retried"]


def test_cancel_stops_what_is_not_over(owner):
    job = make_job()
    assert job.cancel(by=owner) is True
    assert job.state == State.CANCELLED
    assert job.cancel(by=owner) is False
    assert [event.verb for event in events_for(job)] == ["job.cancelled"]
    assert make_job(state=State.DONE).cancel(by=owner) is False
