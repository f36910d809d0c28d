"""kill -9 in the midst of a file for staff, and of a purge: nothing is half done, and it is done after all."""

import os
import signal
import subprocess
import sys
import uuid
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts import removal
from accounts.models import FormerAddress, Note, User
from audit.models import AuditEvent
from exports.models import Export
from files import place
from files.tests.conftest import media  # noqa: F401 (a fixture)
from jobs import runner
from jobs.models import Job, State
from jobs.tests.make import lose_lease
from ledger import checks, posting
from ledger.queries import balances
from tests.waiting import wait_until

pytestmark = [pytest.mark.usefixtures("media"), pytest.mark.timeout(180)]
RUN = "import sys, django; django.setup(); from jobs import runner; runner.run(int(sys.argv[1]))"
WAITS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def dies(server):
    """`dies(job, lock)`: another process runs the job until it waits for what the statement `lock` holds, and dies."""

    def run(job: Job, lock: str) -> None:
        with server.transaction():
            server.execute(lock)
            with _process(job) as process:
                waiting = _until_it_waits(process)
                os.kill(process.pid, signal.SIGKILL)
        wait_until(lambda: waiting not in _sessions(), 20, "the end of its session")

    return run


@contextmanager
def _process(job: Job):
    where = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    own = {"DATABASE_URL": where.geturl(), "MEDIA_ROOT": settings.MEDIA_ROOT, "LOCK_TIMEOUT": "120s"}
    environment = {**os.environ, **own, "DJANGO_SETTINGS_MODULE": "tests.faults.settings"}
    command = [sys.executable, "-c", RUN, str(job.pk)]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _sessions(query: str = "SELECT pid FROM pg_stat_activity") -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [pid for (pid,) in cursor.fetchall()]


def _until_it_waits(process) -> int:
    def waits() -> bool:
        assert process.poll() is None, "It ended before it could be killed."
        return bool(_sessions(WAITS))

    wait_until(waits, 30, "the midst of the job")
    return _sessions(WAITS)[0]


def run_again(job: Job) -> Job:
    """As a worker does once the lease of the dead one is over."""
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.RUNNING, 1)
    assert not runner.run(job.pk), "its lease still runs"
    lose_lease(job)
    assert runner.run(job.pk)
    job.refresh_from_db()
    return job


@pytest.mark.parametrize(
    "lock",
    [
        pytest.param("LOCK ledger_wallet IN ACCESS EXCLUSIVE MODE", id="while its rows are read"),
        pytest.param(
            "LOCK exports_export IN EXCLUSIVE MODE", id="before the whole file is kept", marks=pytest.mark.long
        ),
    ],
)
def test_a_file_is_whole_or_not_there(dies, owner, lock):
    facts = {"query": "", "columns": ["id", "email", "credits"], "format": "csv"}
    export = Export.ask(kind="users", by=owner, form_key=uuid.uuid4(), **facts)
    dies(export.job, lock)
    export.refresh_from_db()
    assert (export.file, export.finished_at, export.state) == (None, None, "writing")
    assert len(list(place.waiting_room().iterdir())) == 1
    assert run_again(export.job).state == State.DONE
    export.refresh_from_db()
    with place.local_path(export.file.name) as path:
        assert owner.email in path.read_text() and path.stat().st_size == export.size
    assert list(place.waiting_room().iterdir()) == []
    assert AuditEvent.objects.filter(verb="users.exported").count() == 1


def test_a_person_is_purged_as_a_whole_or_not_at_all(dies, owner, member):
    """It dies at the last of what says who they were: what it had booked and removed before is undone with it."""
    posting.grant(member, Decimal(3))
    Note.objects.create(user=member, author=owner, text="Likes rain", form_key=uuid.uuid4())
    FormerAddress.objects.create(user=member, email="old@example.org")
    removal.delete(member, by=owner, reason="Asked")
    month_ago = timezone.now() - timedelta(days=31)
    User.objects.filter(pk=member.pk).update(deleted_at=month_ago, purges_at=timezone.now())
    member.refresh_from_db()
    Job.objects.filter(kind="accounts.purge").update(
        run_at=timezone.now(), payload={"user": member.pk, "deleted_at": month_ago.isoformat()}
    )
    job, email = Job.objects.get(kind="accounts.purge"), member.email
    dies(job, "SELECT FROM accounts_formeraddress FOR UPDATE")
    member.refresh_from_db()
    assert (member.email, member.purged_at, balances(member).granted) == (email, None, 3)
    assert member.notes.count() == member.emailaddress_set.count() == FormerAddress.objects.count() == 1
    assert run_again(job).state == State.DONE
    member.refresh_from_db()
    assert member.purged_at and member.email.endswith("@purged.invalid") and balances(member).granted == 0
    assert not (member.notes.exists() or member.emailaddress_set.exists() or FormerAddress.objects.exists())
    assert AuditEvent.objects.filter(verb="user.purged").count() == 1 and checks.run() == []
