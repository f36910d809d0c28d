"""Celery's entries of this room."""

from celery import shared_task

from alerts import disks


@shared_task(name="alerts.watch_disks")
def watch_disks():
    disks.watch()
