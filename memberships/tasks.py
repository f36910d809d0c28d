"""The room's jobs."""

from datetime import UTC, datetime

from celery import shared_task
from django.db import transaction

from billing.tasks import patience_with_stripe
from jobs.models import Job
from jobs.registry import LOW_QUEUE, Retry, handler
from memberships import checkout, doubles, dunning, invoice_events, older_invoices, recognition, subscription_events
from memberships.models import Enrolment, Invoice, Subscription


@handler("memberships.ask_subscription", atomic=False)
def ask_subscription(job):
    if job.payload.get("if_lost") and Subscription.objects.filter(stripe_id=job.payload["id"]).exists():
        return
    with patience_with_stripe(job):
        try:
            subscription_events.ask(job.payload["id"], datetime.fromtimestamp(job.payload["at"], UTC))
        except subscription_events.AskedMeanwhile as error:
            raise Retry(1, "Another answer came first.") from error


@handler("memberships.end_double", atomic=False)
def end_double(job):
    with patience_with_stripe(job):
        doubles.end(Subscription.objects.get(pk=job.payload["subscription"]))


@handler("memberships.look_at_card", atomic=False)
def look_at_card(job):
    with patience_with_stripe(job):
        subscription_events.look_at_card(Subscription.objects.get(pk=job.payload["subscription"]))


@handler("memberships.look_at_payment", atomic=False)
def look_at_payment(job):
    with patience_with_stripe(job):
        complete = invoice_events.look_at_payment(Invoice.objects.get(pk=job.payload["invoice"]))
    if not complete:
        raise Retry(30, "Stripe has no balance transaction for this payment yet.")


@handler("memberships.refresh_enrolment", atomic=False)
def refresh_enrolment(job):
    with patience_with_stripe(job):
        checkout.refresh(Enrolment.objects.get(pk=job.payload["enrolment"]))


@handler("memberships.read_older_invoices", atomic=False, queue=LOW_QUEUE)
def read_older_invoices(job):
    if last := older_invoices.read(job.payload["after"]):
        Job.enqueue(job.kind, {"after": last}, dedupe_key=f"{job.kind}:{job.pk}")


@shared_task(name="memberships.look_at_older_invoices")
def look_at_older_invoices():
    with transaction.atomic():
        Job.enqueue("memberships.read_older_invoices", {"after": 0})


@shared_task(name="memberships.recognise")
def recognise():
    return recognition.recognise_due()


@shared_task(name="memberships.dunning")
def write_to_members():
    return dunning.send_due()


@shared_task(name="memberships.let_go")
def let_go_of_pages():
    return checkout.let_go()
