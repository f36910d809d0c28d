"""Periodic work, and the job behind “Check again”."""

from celery import shared_task

from jobs.registry import handler
from selfcheck import runs
from selfcheck.checks import CHECKS
from selfcheck.models import Why


@shared_task(name="selfcheck.watch")
def watch():
    runs.watch()


@shared_task(name="selfcheck.nightly")
def nightly():
    runs.ask([check.name for check in CHECKS], why=Why.NIGHTLY)


@handler(runs.KIND, atomic=False)
def run_self_check(job):
    runs.run_job(job)
