"""The room's work in the background."""

from celery import shared_task

from accounting import closing, rollups


@shared_task(name="accounting.catch_up")
def catch_up():
    look = rollups.catch_up()
    if look and look.days:
        closing.restate()
