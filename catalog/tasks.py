"""Periodic work of the catalog."""

from celery import shared_task

from catalog import assets


@shared_task(name="catalog.purge_deleted")
def purge_deleted():
    assets.purge()
