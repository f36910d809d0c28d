"""Attempts to take the money of an invoice that came to nothing. Their payment tells which invoice.

A first payment has no invoice, and no customer, before it is made: there the payment page tells whose it is, if that
asked for such a sum. Where neither is known it is nobody's until its invoice is: it may be for something else that the
same Stripe account sells.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from billing.models import StripeCustomer
from billing.stripe_objects import dollars
from jobs.models import Job
from memberships.models import Enrolment, FailedAttempt, Invoice

Outcome = FailedAttempt.Outcome
SKEW = timedelta(minutes=5)  # by which our clock and Stripe's may differ
EVENTS_KEPT = timedelta(days=30)  # by Stripe
DESCRIBED = "Subscription "  # as Stripe describes such payments: Subscription creation, Subscription update


def is_one(thing: dict) -> bool:
    """Whether a payment intent or a charge is about an invoice of a subscription."""
    named = (thing.get("metadata") or {}).get("top_up")
    return not named and (thing.get("description") or "").startswith(DESCRIBED)


def lock(intent: str) -> None:
    """A failed attempt and the invoice that it was about do not miss each other. Inside a transaction, before either
    row is held.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"intent {intent}"])


def note(thing: dict, attempt_id: str, at: datetime, **words) -> None:
    """Keep it once, however often it is told; the fullest word of the bank stays. Inside a transaction."""
    intent = thing["id"] if thing["object"] == "payment_intent" else thing["payment_intent"]
    lock(intent)
    # Held before the attempt, in the order of those who change an invoice and with it the outcome of its attempts
    invoice = Invoice.objects.select_for_update(no_key=True).filter(payment_intent_id=intent).first()
    if invoice is None:
        _look_for_it(thing, attempt_id, at)
    member = invoice.member if invoice else _member_of(thing, at)
    said = {name: words[name] for name in ("code", "decline_code", "message", "card")}
    row, created = FailedAttempt.objects.select_for_update(no_key=True).get_or_create(
        attempt_id=attempt_id,
        defaults={
            "member": member,
            "invoice": invoice,
            "outcome": Outcome.LOST if member and not invoice and _page_is_over(member) else Outcome.OPEN,
            "payment_intent_id": intent,
            "amount": dollars(thing["amount"]),
            "happened_at": at,
            **said,
        },
    )
    if not created:
        for name, word in said.items():
            setattr(row, name, max(getattr(row, name), word, key=lambda each: (len(each), each)))
        row.save(update_fields=said)
    elif member:
        FailedAttempt.objects.filter(pk=row.pk).recover()


def _member_of(thing: dict, at: datetime) -> User | None:
    """Who could pay a page of ours then, which ends when it is paid: by the customer, else by the address that the
    page has from us and lets nobody change.

    A page asks for its price in US dollars, of a customer for less where a discount or a balance of theirs takes off.
    """
    if thing["currency"] != "usd":
        return None
    amount = dollars(thing["amount"])
    then = {"created_at__lte": at + SKEW, "expires_at__gte": at - SKEW}
    pages = Enrolment.objects.select_related("member").filter(**then)
    if customer := StripeCustomer.objects.filter(stripe_id=thing.get("customer") or "").first():
        page = pages.filter(member=customer.member_id, price__amount__gte=amount).first()
    else:
        method = (thing.get("last_payment_error") or {}).get("payment_method") or thing
        email = (method.get("billing_details") or {}).get("email") or ""
        page = pages.filter(member__email=email.lower(), price__amount=amount).first()
    return page and page.member


def _page_is_over(member: User) -> bool:
    """Whether the newest one expired; where an invoice follows after all, that one counts."""
    newest = Enrolment.objects.filter(member=member).first()
    return newest is not None and newest.status == Enrolment.Status.EXPIRED


def claim(invoice: Invoice, intents: list[str]) -> None:
    """What was tried for it before its payments were known is the member's."""
    rows = FailedAttempt.objects.filter(payment_intent_id__in=intents, invoice=None)
    rows.update(invoice=invoice, member=invoice.member)


def _look_for_it(thing: dict, attempt_id: str, at: datetime) -> None:
    """An invoice may have several payments, and names one: those that its customer owed then are asked about theirs."""
    owed = Invoice.objects.filter(Q(status=Invoice.Status.OPEN) | Q(paid_at__gte=at), created_at__lte=at + SKEW)
    whose = StripeCustomer.objects.filter(stripe_id=thing.get("customer") or "").values("member")
    for pk in owed.filter(member__in=whose).values_list("pk", flat=True):
        key = f"memberships.look_at_payment:{pk}:{attempt_id}"
        Job.enqueue("memberships.look_at_payment", {"invoice": pk}, dedupe_key=key)


def drop_unclaimed() -> None:
    """What no invoice of ours was found for was about something else."""
    told_no_more = timezone.now() - EVENTS_KEPT
    FailedAttempt.objects.filter(member=None, invoice=None, happened_at__lt=told_no_more).delete()
