"""Handlers for the tests that run a real worker; it imports them by `celery worker --include jobs.tests.chores`."""

import os
import signal
import time
from pathlib import Path

from django.db import connection

from alerts.models import Alert
from jobs.registry import handler


def _effect(job):
    pid = connection.connection.info.backend_pid
    Alert.objects.create(fingerprint=f"effect-{job.pk}-{job.attempts}", title=str(job.pk), detail=pid)


@handler("chore.quick")
def quick(job):
    """A visible effect, at once."""
    time.sleep(0.02)
    _effect(job)


@handler("chore.slow_at_first")
def slow_at_first(job):
    """The effect, then a long wait in the first attempt, with the process id told to the test."""
    _effect(job)
    if job.attempts == 1:
        Path(job.payload["pid_file"]).write_text(str(os.getpid()))
        time.sleep(job.payload.get("seconds", 60))


@handler("chore.kills_its_child")
def kills_its_child(job):
    """What the kernel does to a process that takes too much memory."""
    _effect(job)
    os.kill(os.getpid(), signal.SIGKILL)
