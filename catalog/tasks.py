"""Entries of this room: jobs, and the ticks of the calendar."""

from celery import shared_task

from catalog import assets, demo
from jobs.registry import LOW_QUEUE, handler


@handler(demo.KIND, atomic=False, queue=LOW_QUEUE)
def paint(job):
    demo.paint(job)


@shared_task(name="catalog.purge_deleted")
def purge_deleted():
    assets.purge()
