"""The job table: the truth about background work. Redis is only a doorbell.

A job is inserted in the transaction of the change that wants it; a worker claims it by a conditional UPDATE
and holds it by a lease on the database's clock. Whatever dies, the row stays, and the sweeper rings again.
"""

import json
from functools import partial

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.models.functions import Now
from django.utils import timezone

from audit.models import record


class State(models.TextChoices):
    NEW = "new", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    DEAD = "dead", "Dead"
    CANCELLED = "cancelled", "Cancelled"


# Jobs whose words may hold an address: those that are looked through when somebody is purged
NAMING = models.Q(error__regex="@") | models.Q(progress_note__regex="@")


class Job(models.Model):
    """One piece of background work. `lease_token` names the run that may finish it."""

    kind = models.CharField(max_length=100)
    payload = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    dedupe_key = models.CharField(max_length=200, null=True, unique=True)  # noqa: DJ001 - unique when given
    run_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    progress_note = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["run_at"], condition=models.Q(state__in=[State.NEW, State.RUNNING]), name="jobs_due"),
            models.Index(fields=["state", "-id"], name="jobs_by_state"),
            models.Index(fields=["kind", "-id"], name="jobs_by_kind"),
            models.Index(fields=["id"], condition=NAMING, name="jobs_naming"),
        ]

    def __str__(self):
        return f"{self.kind} #{self.pk}"

    @property
    def state_words(self) -> str:
        return "Waiting to retry" if self.state == State.NEW and self.error else self.get_state_display()

    @classmethod
    def enqueue(cls, kind, payload, *, dedupe_key=None, run_at=None) -> "Job | None":
        """Add a job in the caller's transaction and ring on commit; None when `dedupe_key` exists already.

        One statement. The bell is counted as rung from the start, so that no second one is needed when it works.
        """
        from jobs import doorbell  # the bell needs Celery, which is configured after the models

        rings = run_at is None and not doorbell.is_open()
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO jobs_job (kind, payload, state, dedupe_key, run_at, attempts, published_at, created_at,
                                      progress_done, progress_total, progress_note, error)
                VALUES (%s, %s, 'new', %s, coalesce(%s, now()), 0, CASE WHEN %s THEN now() END, now(), 0, 0, '', '')
                ON CONFLICT (dedupe_key) DO NOTHING RETURNING id, run_at, published_at, created_at
                """,
                [kind, json.dumps(payload, cls=DjangoJSONEncoder), dedupe_key, run_at, rings],
            )
            row = cursor.fetchone()
        if row is None:
            return None
        job = cls(id=row[0], kind=kind, payload=payload, dedupe_key=dedupe_key, run_at=row[1])
        job.published_at, job.created_at, job._state.adding, job._state.db = row[2], row[3], False, "default"
        if rings:
            transaction.on_commit(partial(doorbell.ring_soon, job.id, kind), robust=True)
        return job

    @classmethod
    def enqueue_with(cls, kind, insert: str, values: dict) -> int | None:
        """Insert a row of the caller's and the job about it in one statement: one round trip, and one commit for both.

        `insert` is an INSERT with %(name)s for `values` that returns the job's payload and dedupe key, or no row when
        there is nothing to do. Returns the job's id and rings as `enqueue` does.
        """
        from jobs import doorbell

        rings = not doorbell.is_open()
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                WITH subject (payload, dedupe_key) AS ({insert})
                INSERT INTO jobs_job (kind, payload, state, dedupe_key, run_at, attempts, published_at, created_at,
                                      progress_done, progress_total, progress_note, error)
                SELECT %(job_kind)s, payload, 'new', dedupe_key, now(), 0, CASE WHEN %(job_rings)s THEN now() END,
                       now(), 0, 0, '', ''
                FROM subject ON CONFLICT (dedupe_key) DO NOTHING RETURNING id
                """,  # noqa: S608 - `insert` is a constant of the caller's module, its values are parameters
                {**values, "job_kind": kind, "job_rings": rings},
            )
            row = cursor.fetchone()
        if row and rings:
            transaction.on_commit(partial(doorbell.ring_soon, row[0], kind), robust=True)
        return row[0] if row else None

    def retry(self, *, by) -> bool:
        """Give a dead or cancelled job five new attempts."""
        fresh = {"state": State.NEW, "attempts": 0, "run_at": Now(), "error": "", "finished_at": None}
        return self._move((State.DEAD, State.CANCELLED), fresh, by, "job.retried")

    def cancel(self, *, by) -> bool:
        """Stop a job that is queued or running: a run under way loses its lease and cannot finish."""
        stopped = {"state": State.CANCELLED, "lease_token": None, "finished_at": timezone.now()}
        return self._move((State.NEW, State.RUNNING), stopped, by, "job.cancelled")

    def progress(self, done, total, note="") -> None:
        """Say how far a long job is. Raises `registry.LeaseLost` when this run no longer holds the job."""
        from jobs.registry import LeaseLost

        fields = {"progress_done": done, "progress_total": total, "progress_note": str(note)[:200]}
        if not self._held().update(**fields):
            raise LeaseLost(f"{self} was cancelled or taken over")

    def cancelled(self) -> bool:
        """Whether this run should stop: the job was cancelled or another worker has it."""
        return not self._held().exists()

    @property
    def is_over(self) -> bool:
        return self.state in (State.DONE, State.DEAD, State.CANCELLED)

    @property
    def first_error_line(self) -> str:
        return self.error.partition("\n")[0]

    def _held(self):
        return Job.objects.filter(pk=self.pk, state=State.RUNNING, lease_token=self.lease_token)

    def _move(self, states, fields, by, verb) -> bool:
        with transaction.atomic():
            before = Job.objects.select_for_update(no_key=True).filter(pk=self.pk, state__in=states).first()
            if before:
                Job.objects.filter(pk=self.pk).update(published_at=None, **fields)
                record(by, verb, self, before={"state": before.state}, after={"state": fields["state"]})
                self._ring_if_new(fields["state"])
        self.refresh_from_db()
        return before is not None

    def _ring_if_new(self, state):
        from jobs import doorbell

        if state == State.NEW:
            transaction.on_commit(partial(doorbell.ring_soon, self.pk, self.kind), robust=True)
