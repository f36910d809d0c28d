"""The room's jobs."""

from datetime import UTC, datetime

from celery import shared_task
from django.db import transaction

from accounts.models import User
from billing.tasks import patience_with_stripe
from jobs.models import Job
from jobs.registry import LOW_QUEUE, Retry, handler
from memberships import (
    checkout,
    discounts,
    doubles,
    dunning,
    ending,
    invoice_events,
    older_invoices,
    recognition,
    subscription_events,
)
from memberships.models import CustomerDiscount, Enrolment, Invoice, Subscription
from ui import clock


@handler("memberships.ask_subscription", atomic=False)
def ask_subscription(job):
    """How one stands at Stripe now; with `if_lost`, only where nothing was heard of it since it was paid."""
    if job.payload.get("if_lost") and Subscription.objects.heard().filter(stripe_id=job.payload["id"]).exists():
        return
    with patience_with_stripe(job):
        try:
            subscription_events.ask(job.payload["id"], datetime.fromtimestamp(job.payload["at"], UTC))
        except subscription_events.AskedMeanwhile as error:
            raise Retry(1, "Another answer came first.") from error


@handler("memberships.ask_coupon", atomic=False)
def ask_coupon(job):
    """What the discount of a customer takes off."""
    discount = CustomerDiscount.objects.get(pk=job.payload["discount"])
    with patience_with_stripe(job):
        discounts.ask_coupon(discount)
    with transaction.atomic():
        subscription_events.follow_customer(discount.customer_id)


@handler("memberships.ask_discount", atomic=False, queue=LOW_QUEUE)
def ask_discount(job):
    """Whether a customer still has what was kept before it was kept when it ends."""
    with patience_with_stripe(job):
        discounts.ask(job.payload["customer"])
    with transaction.atomic():
        subscription_events.follow_customer(job.payload["customer"])


@handler("memberships.end_discount")
def end_discount(job):
    """The discount of a customer is over by itself: by our clock, though PostgreSQL's says when the job is due."""
    discount = CustomerDiscount.objects.get(pk=job.payload["discount"])
    if discount.ends_at and discount.ends_at > clock.now():
        raise Retry(1, "It is not over yet by this clock.")
    subscription_events.follow_customer(discount.customer_id)


@handler("memberships.end_own_discount")
def end_own_discount(job):
    """As `end_discount`, of a subscription's own."""
    if job.payload["until"] > clock.now().timestamp():
        raise Retry(1, "It is not over yet by this clock.")
    subscription_events.follow_customer(Subscription.objects.get(pk=job.payload["subscription"]).customer_id)


@handler("memberships.end_double", atomic=False)
def end_double(job):
    """A second subscription of the same member is ended at Stripe."""
    with patience_with_stripe(job):
        doubles.end(Subscription.objects.get(pk=job.payload["subscription"]))


@handler("memberships.end_late", atomic=False)
def end_late(job):
    """A subscription that began after the account was deleted is ended at Stripe."""
    with patience_with_stripe(job):
        doubles.end_late(Subscription.objects.get(pk=job.payload["subscription"]))


@handler("memberships.end_premium", atomic=False)
def end_premium(job):
    """Staff decided that a member is not charged again."""
    with patience_with_stripe(job):
        ending.end(User.objects.get(pk=job.payload["member"]))


@handler(ending.VOID, atomic=False)
def void_invoice(job):
    """What is open of Premium that ended with the account is not to be paid any more."""
    with patience_with_stripe(job):
        ending.void(Invoice.objects.get(pk=job.payload["invoice"]))


@handler("memberships.look_at_card", atomic=False)
def look_at_card(job):
    """Which card pays it, and until when that is good."""
    with patience_with_stripe(job):
        subscription_events.look_at_card(Subscription.objects.get(pk=job.payload["subscription"]))


@handler("memberships.look_at_payment", atomic=False)
def look_at_payment(job):
    """Which payment paid an invoice, its charge and fee; again while Stripe has no fee yet."""
    with patience_with_stripe(job):
        complete = invoice_events.look_at_payment(Invoice.objects.get(pk=job.payload["invoice"]))
    if not complete:
        raise Retry(30, "Stripe has no balance transaction for this payment yet.")


@handler("memberships.refresh_enrolment", atomic=False)
def refresh_enrolment(job):
    """What became of a payment page whose word may be lost."""
    with patience_with_stripe(job):
        checkout.refresh(Enrolment.objects.get(pk=job.payload["enrolment"]))


@handler("memberships.read_older_invoices", atomic=False, queue=LOW_QUEUE)  # as it was named before 0020; goes later
@handler("memberships.read_invoice_lines", atomic=False, queue=LOW_QUEUE)
def read_invoice_lines(job):
    """Some hundred older invoices; the next ones are a job of their own."""
    last, unread = older_invoices.read(**job.payload)
    if last:
        Job.enqueue(job.kind, {"after": last, "unread": unread}, dedupe_key=f"{job.kind}:{job.pk}")


@shared_task(name="memberships.recognise")
def recognise():
    """Every ten minutes: months that have passed become revenue."""
    return recognition.recognise_due()


@shared_task(name="memberships.dunning")
def write_to_members():
    """Every ten minutes: of payments that failed, and of Premium that ended."""
    return dunning.send_due()


@shared_task(name="memberships.let_go")
def let_go_of_pages():
    """Every ten minutes: payment pages that can no longer be paid."""
    return checkout.let_go()
