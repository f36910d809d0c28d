"""The room's work in the background."""

from celery import shared_task

from jobs.registry import LOW_QUEUE, handler
from reports import queries, rollups


@shared_task(name="reports.catch_up")
def catch_up():
    rollups.catch_up()


@handler(queries.LOOK, atomic=False, queue=LOW_QUEUE)
def look(job):
    rollups.catch_up()
