"""What became of the months of the demo's history: all but the last are closed; of one a provider billed more later."""

import datetime as dt

from django.db import transaction

from accounting import closing, rollups
from accounting.figures import following
from accounting.models import MonthClose
from billing.models import TopUp
from jobs.models import Job
from jobs.registry import Retry
from pricing import demo as prices
from ui import clock

KIND = "accounting.close_demo_months"
PATIENCE = 20  # seconds between two looks


def enqueue(start: dt.date, until: dt.date) -> None:
    """Queue it, once; the history goes from `start` to `until`."""
    with transaction.atomic():
        Job.enqueue(KIND, {"start": f"{start}", "until": f"{until}"}, dedupe_key=KIND)


def close(job: Job) -> None:
    """Close them one by one, when all that Stripe took is known; the newest of them is restated."""
    month, until = (dt.date.fromisoformat(job.payload[name]) for name in ("start", "until"))
    last = (until.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    if TopUp.objects.filter(status=TopUp.Status.PAID, fee=None, paid_at__lt=clock.midnight(last)).exists():
        raise Retry(PATIENCE, "Stripe’s fees still come in")
    while month < last:
        if not MonthClose.objects.filter(month=month).exists():
            try:
                closing.close(month, by=None)
            except closing.NotClosable as why:
                raise Retry(PATIENCE, str(why)) from why
        month = following(month)
    prices.bill_more((last - dt.timedelta(days=1)).replace(day=1))
    rollups.catch_up()
    closing.restate()
