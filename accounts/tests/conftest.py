import time

import pytest

from jobs.models import Job, State
from jobs.registry import run_now


@pytest.fixture
def run_mails(db, settings):
    """Do what the worker would: deliver the mails that wait."""

    settings.EMAIL_BACKEND = "accounts.outbox.OutboxBackend"

    def run():
        for job in Job.objects.filter(kind="accounts.send_mail", state=State.NEW).order_by("id"):
            run_now(job)

    return run


@pytest.fixture
def clock(monkeypatch):
    """Time stands still in the middle of a period; `clock(30)` sets it forward."""
    now = [int(time.time()) // 30 * 30 + 15]
    monkeypatch.setattr(time, "time", lambda: now[0])

    def forward(seconds):
        now[0] += seconds

    return forward
