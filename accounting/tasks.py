"""The room's work in the background."""

from celery import shared_task

from accounting import closing, demo, rollups
from jobs.registry import handler


@handler(demo.KIND, atomic=False)
def load_demo(job):
    demo.load(job)


@shared_task(name="accounting.catch_up")
def catch_up():
    look = rollups.catch_up()
    if look and look.days:
        closing.restate()
