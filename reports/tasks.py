"""The room's work in the background."""

from celery import shared_task

from accounting import demo
from jobs.registry import handler
from reports import queries, rollups


@shared_task(name="reports.catch_up")
def catch_up():
    """While the demo's history is loaded, no month is closed: each look is anew until it is over."""
    loading = demo.under_way()
    rollups.catch_up()
    if loading:
        rollups.begin_anew()


@handler(queries.LOOK, atomic=False)
def look(job):
    """What “Bring up to date” asks for."""
    catch_up()
