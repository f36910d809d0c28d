"""Real Celery workers for the tests that kill them."""

import os
import signal
import subprocess
import sys
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection


def start_worker(log) -> subprocess.Popen:
    """A worker of two children in a process group of its own, on this test's database and Redis."""
    where = urlsplit(os.environ["DATABASE_URL"])
    environment = {
        **os.environ,
        "DATABASE_URL": where._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
        "REDIS_URL": settings.REDIS_URL,
    }
    command = [sys.executable, "-m", "celery", "--app", "poemvision.celery", "worker", "--concurrency", "2"]
    command += ["--include", "jobs.tests.chores", "--without-mingle", "--without-gossip", "--loglevel", "WARNING"]
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603
            command, cwd=settings.BASE_DIR, env=environment, stdout=output, stderr=output, start_new_session=True
        )


def kill(worker) -> None:
    """kill -9 of the worker and its children."""
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def somebody_waits() -> bool:
    """Whether a transaction of this test's database waits for an advisory lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database AS named ON named.oid = database"
            " WHERE NOT granted AND locktype = 'advisory' AND datname = current_database()"
        )
        return cursor.fetchone()[0] > 0
