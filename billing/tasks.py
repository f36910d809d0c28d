"""The room's jobs."""

from contextlib import contextmanager
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from billing import (
    backfill,
    checkout,
    demo,
    disputes,
    expiry_notices,
    fulfilment,
    low_balance,
    refunds,
    stripe_api,
    stripe_events,
)
from billing.models import StripeEvent, TopUp
from jobs.models import Job
from jobs.registry import MAX_ATTEMPTS, Retry, handler

PATIENCE = 8  # tries of an event whose payment is not booked yet: 2, 4, 8 … 256 s, about eight minutes
STRIPE_IS_BACK_WITHIN = timedelta(days=3)


# Its effect and the state of the event commit together, whatever becomes of the job
@handler("billing.apply_event", atomic=False, short=True)
def apply_event(job):
    try:
        event = stripe_events.apply_event(job.payload["event"])
    except Exception as error:
        stripe_events.note_failure(job.payload["event"], error, final=job.attempts >= MAX_ATTEMPTS)
        raise
    if event.state == StripeEvent.State.WAITING:
        if event.attempts < PATIENCE:
            raise Retry(2**event.attempts, event.error)
        stripe_events.give_up(event)


@handler("billing.complete_top_up", atomic=False)
def complete_top_up(job):
    with _patience_with_stripe(job):
        complete = fulfilment.complete(TopUp.objects.get(pk=job.payload["top_up"]))
    if not complete:
        raise Retry(30, "Stripe has no balance transaction for this payment yet.")


@handler("billing.sync_refunds", atomic=False)
def sync_refunds(job):
    with _patience_with_stripe(job):
        refunds.sync_refunds(job.payload["charge"])


@handler("billing.sync_disputes", atomic=False)
def sync_disputes(job):
    with _patience_with_stripe(job):
        disputes.sync_disputes(job.payload["charge"])


@contextmanager
def _patience_with_stripe(job):
    """While Stripe is away the job waits, ever longer, and counts no failed attempt."""
    try:
        yield
    except stripe_api.Unreachable as error:
        waited = timezone.now() - job.created_at
        if waited > STRIPE_IS_BACK_WITHIN:
            raise
        raise Retry(min(max(waited.total_seconds(), 5), 900), str(error)) from error


@handler("billing.load_demo", atomic=False)
def load_demo(job):
    for number, story in enumerate(demo.STORIES):
        job.progress(number, len(demo.STORIES), story.name)
        demo.play(story)
    job.progress(len(demo.STORIES), len(demo.STORIES), "All demo members have paid and spent")


@handler("billing.refresh_top_up", atomic=False)
def refresh_top_up(job):
    with _patience_with_stripe(job):
        checkout.refresh(TopUp.objects.get(pk=job.payload["top_up"]))


@handler("billing.fetch_missed_events", atomic=False)
def fetch_missed_events(job):
    with _patience_with_stripe(job):
        backfill.fetch_missed()


@shared_task(name="billing.backfill")
def queue_backfill():
    if settings.STRIPE_SECRET_KEY:
        slot = f"{timezone.now():%Y-%m-%dT%H}:{timezone.now().minute // 15}"
        Job.enqueue("billing.fetch_missed_events", {}, dedupe_key=f"billing.fetch_missed_events:{slot}")


@shared_task(name="billing.look_after_top_ups")
def look_after_top_ups():
    return checkout.look_after()


@shared_task(name="billing.low_balance")
def send_low_balance_mails():
    return low_balance.send_due()


@shared_task(name="billing.expiry_notices")
def send_expiry_notices():
    return expiry_notices.send_due()
