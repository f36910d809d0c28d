"""Background work of this room."""

from celery import shared_task

from jobs.registry import handler
from tunables import trials


@handler("tunables.settle")
def settle(job):
    """A trial is over: write down that the value went back, unless somebody kept it."""
    trials.settle_overdue()


@shared_task(name="tunables.settle_overdue")
def settle_overdue():
    trials.settle_overdue()
