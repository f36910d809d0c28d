"""The room's work in the background."""

from celery import shared_task

from accounting import closing, demo, exporting, queries, rollups
from exports import kinds
from jobs.registry import LOW_QUEUE, handler

kinds.register(exporting.SUMMARY)
kinds.register(exporting.JOURNAL)


@handler(demo.KIND, atomic=False)
def load_demo(job):
    demo.load(job)


@shared_task(name="accounting.catch_up")
def catch_up():
    look = rollups.catch_up()
    if look and look.days:
        closing.restate()


@handler(queries.LOOK, atomic=False, queue=LOW_QUEUE)
def look(job):
    catch_up()
