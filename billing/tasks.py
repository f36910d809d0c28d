"""The room's jobs."""

import time
from contextlib import contextmanager
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from billing import (
    auto_top_ups,
    backfill,
    balance,
    checkout,
    demo,
    disputes,
    expiry_notices,
    forgetting,
    fulfilment,
    low_balance,
    open_pages,
    reconciliation,
    refunds,
    repairs,
    saved_cards,
    staff_refunds,
    stripe_api,
    stripe_events,
)
from billing.models import AutoTopUpAttempt, CardSetup, Reconciliation, RefundRequest, StripeEvent, TopUp
from billing.models.debt import settle_paid_debts
from jobs.models import Job
from jobs.registry import MAX_ATTEMPTS, LeaseLost, Retry, handler

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
    if event.state in (StripeEvent.State.APPLIED, StripeEvent.State.UNHANDLED):
        forgetting.redact_late(event)
    if event.state == StripeEvent.State.WAITING:
        if event.attempts < PATIENCE:
            raise Retry(2**event.attempts, event.error)
        stripe_events.give_up(event)


@handler("billing.replay_customer")
def replay_customer(job):
    stripe_events.replay_of(job.payload["customer"])


@handler("billing.complete_top_up", atomic=False)
def complete_top_up(job):
    with patience_with_stripe(job):
        complete = fulfilment.complete(TopUp.objects.get(pk=job.payload["top_up"]))
    if not complete:
        raise Retry(30, "Stripe has no balance transaction for this payment yet.")


@handler("billing.sync_refunds", atomic=False)
def sync_refunds(job):
    with patience_with_stripe(job):
        refunds.sync_refunds(job.payload["charge"])


@handler("billing.sync_disputes", atomic=False)
def sync_disputes(job):
    with patience_with_stripe(job):
        disputes.sync_disputes(job.payload["charge"])


@contextmanager
def patience_with_stripe(job):
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
    with patience_with_stripe(job):
        checkout.refresh(TopUp.objects.get(pk=job.payload["top_up"]))


@handler("billing.auto_top_up", atomic=False, short=True)
def auto_top_up(job):
    auto_top_ups.claim(job.payload["member"])


@handler("billing.carry_out_auto_top_up", atomic=False)
def carry_out_auto_top_up(job):
    rows = AutoTopUpAttempt.objects.select_related("top_up__member", "auto__member")
    with patience_with_stripe(job):
        auto_top_ups.carry_out(rows.get(pk=job.payload["attempt"]))


@handler("billing.keep_card", atomic=False)
def keep_card(job):
    with patience_with_stripe(job):
        saved_cards.keep(CardSetup.objects.select_related("member").get(pk=job.payload["setup"]))


@handler("billing.detach_card", atomic=False)
def detach_card(job):
    with patience_with_stripe(job):
        saved_cards.detach(job.payload["payment_method"])


@handler("billing.close_pages", atomic=False)
def close_pages(job):
    with patience_with_stripe(job):
        open_pages.close(User.objects.get(pk=job.payload["member"]))


@handler("billing.settle_refund", atomic=False)
def settle_refund(job):
    request = RefundRequest.objects.select_related("top_up", "invoice").get(pk=job.payload["request"])
    with patience_with_stripe(job):
        staff_refunds.settle(request)
        if request.is_open:
            raise stripe_api.Unreachable(request.error or "Stripe does not know it, and may still be at work on it.")


@handler("billing.fetch_missed_events", atomic=False)
def fetch_missed_events(job):
    with patience_with_stripe(job):
        backfill.fetch_missed()


@handler("billing.fetch_balance", atomic=False)
def fetch_balance(job):
    with patience_with_stripe(job), _slice():
        balance.fetch_new(deadline=time.monotonic() + reconciliation.SLICE)


@handler("billing.reconcile", atomic=False)
def reconcile(job):
    run = Reconciliation.objects.get(pk=job.payload["reconciliation"])
    with patience_with_stripe(job), _slice(), _told(run, job):
        if not run.is_over:
            reconciliation.carry_out(run, lambda percent, note: job.progress(percent, 100, note))


@handler("billing.repair_differences", atomic=False)
def repair_differences(job):
    by = User.objects.get(pk=job.payload["by"])
    with patience_with_stripe(job), _slice():
        deadline = time.monotonic() + reconciliation.SLICE
        numbers, since = job.payload["differences"], job.created_at
        repairs.repair_all(numbers, by=by, since=since, deadline=deadline, say=job.progress)


@contextmanager
def _slice():
    """Long work goes on in the next run of its job, which is no failed attempt."""
    try:
        yield
    except balance.Unfinished as error:
        raise Retry(1, str(error)) from error


@contextmanager
def _told(run, job):
    """What stops a reconciliation is said on it; what trying again would not change, or the last try, ends it."""
    try:
        yield
    except (stripe_api.Rejected, stripe_api.NotConfigured) as error:
        reconciliation.fail(run, error)
    except (balance.Unfinished, LeaseLost):
        raise
    except Exception as error:
        if job.attempts >= MAX_ATTEMPTS and not isinstance(error, stripe_api.Unreachable):
            reconciliation.fail(run, error)
        else:
            reconciliation.note_trouble(run, error)
        raise


@shared_task(name="billing.backfill")
def queue_backfill():
    """Every 15 minutes: events that did not arrive, then what Stripe's balance did."""
    if settings.STRIPE_SECRET_KEY:
        slot = f"{timezone.now():%Y-%m-%dT%H}:{timezone.now().minute // 15}"
        for kind in ("billing.fetch_missed_events", "billing.fetch_balance"):
            Job.enqueue(kind, {}, dedupe_key=f"{kind}:{slot}")


@shared_task(name="billing.reconcile")
def reconcile_daily():
    reconciliation.start_daily()


@shared_task(name="billing.look_after_top_ups")
def look_after_top_ups():
    return checkout.look_after()


@shared_task(name="billing.look_after_refunds")
def look_after_refunds():
    return staff_refunds.look_after()


@shared_task(name="billing.auto_top_ups")
def sweep_auto_top_ups():
    return auto_top_ups.sweep()


@shared_task(name="billing.settle_paid_debts")
def close_alerts_of_paid_debts():
    return settle_paid_debts()


@shared_task(name="billing.low_balance")
def send_low_balance_mails():
    return low_balance.send_due()


@shared_task(name="billing.expiry_notices")
def send_expiry_notices():
    return expiry_notices.send_due()
