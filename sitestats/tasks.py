"""The room's work in the background."""

from celery import shared_task

from sitestats import rollups


@shared_task(name="sitestats.catch_up")
def catch_up():
    rollups.catch_up()


@shared_task(name="sitestats.tend")
def tend():
    rollups.tend()
