"""The room's jobs."""

from celery import shared_task

from billing import demo, fulfilment, low_balance, refunds, stripe_events
from billing.models import StripeEvent, TopUp
from jobs.registry import Retry, handler

PATIENCE = 8  # tries of an event whose payment is not booked yet: 2, 4, 8 … 256 s, about eight minutes


@handler("billing.apply_event")
def apply_event(job):
    event = stripe_events.apply_event(job.payload["event"])
    if event.state == StripeEvent.State.WAITING:
        if event.attempts >= PATIENCE:
            stripe_events.give_up(event)
        else:
            raise Retry(2**event.attempts, event.error)


@handler("billing.complete_top_up", atomic=False)
def complete_top_up(job):
    if not fulfilment.complete(TopUp.objects.get(pk=job.payload["top_up"])):
        raise Retry(30, "Stripe has no balance transaction for this payment yet.")


@handler("billing.sync_refunds", atomic=False)
def sync_refunds(job):
    refunds.sync_refunds(job.payload["charge"])


@handler("billing.load_demo", atomic=False)
def load_demo(job):
    for number, story in enumerate(demo.STORIES):
        job.progress(number, len(demo.STORIES), story.name)
        demo.play(story)
    job.progress(len(demo.STORIES), len(demo.STORIES), "All demo members have paid and spent")


@shared_task(name="billing.low_balance")
def send_low_balance_mails():
    return low_balance.send_due()
