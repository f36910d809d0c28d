"""The room's work in the background."""

import httpx
from celery import shared_task

from accounting import closing, demo, exporting, queries, rollups
from accounting.demo import books
from accounting.usage import rollups as usage
from billing import stripe_api
from exports import kinds
from jobs.registry import Retry, handler

kinds.register(exporting.SUMMARY)
kinds.register(exporting.JOURNAL)


@handler(demo.KIND, atomic=False)
def load_demo(job):
    """Play the demo's history; where its Stripe does not answer in time, go on in a moment."""
    try:
        demo.load(job)
    except (stripe_api.Unreachable, httpx.TransportError) as error:  # on a machine that has too much to do
        raise Retry(5, str(error)) from error


@handler(books.KIND, atomic=False)
def close_demo_months(job):
    """Close what is over of the demo's history."""
    books.close(job)


@shared_task(name="accounting.catch_up")
def catch_up():
    """Every minute: days of the ledger anew, and closed months against them where a day has changed."""
    look = rollups.catch_up()
    if look and look.days:
        closing.restate(look.since)


@shared_task(name="accounting.catch_up_usage")
def catch_up_usage():
    """Every minute, whatever becomes of the other: days of usage anew."""
    usage.catch_up()


@handler(queries.LOOK, atomic=False)
def look(job):
    """What “Bring up to date” asks for: both at once."""
    catch_up()
    catch_up_usage()
