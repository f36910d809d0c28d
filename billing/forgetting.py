"""What Stripe told us of somebody who is purged: that it happened, and how much, is kept; who it was is not."""

from django.db import connection
from django.db.models import Q

from billing import saved_cards
from billing.matching import PATIENCE
from billing.models import CardSetup, Dispute, FailedPayment, Refund, StripeCustomer, StripeEvent, TopUp
from memberships.models import Enrolment, FailedAttempt, Invoice, MoneyBack, Subscription


def forget(member, addresses: list[str]) -> None:
    """Stripe's ids stay, as refunds still need them. No address, no link to a page that shows one, no card's print."""
    saved_cards.remove(member, by=None)
    StripeCustomer.objects.filter(member=member).update(email="")
    TopUp.objects.filter(member=member).update(checkout_url="", receipt_url="", fingerprint="")
    Enrolment.objects.filter(member=member).update(checkout_url="")
    CardSetup.objects.filter(member=member).update(checkout_url="")
    Invoice.objects.filter(member=member).update(url="", country="")
    for pk in _told_of(member, addresses):
        redact(pk, addresses)


def redact(event_id: int, addresses: list[str]) -> bool:
    """Empty what is personal in one stored event and mark it. False when that was done before.

    A function of the database, as the application may change no event; see migration 0008_redaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_redact_event(%s, %s)", [event_id, addresses])
        return cursor.fetchone()[0]


def _told_of(member, addresses: list[str]) -> list[int]:
    """Every event about one of the member's objects, and whatever else names an address: all are read for that."""
    payments = TopUp.objects.filter(member=member)
    columns = [StripeCustomer.objects.filter(member=member).values_list("stripe_id")]
    columns += [payments.values_list(name) for name in ("session_id", "payment_intent_id", "charge_id")]
    columns += [Refund.objects.filter(top_up__member=member).values_list("stripe_id")]
    columns += [Dispute.objects.of(member).values_list("stripe_id")]
    columns += [MoneyBack.objects.filter(invoice__member=member).values_list("stripe_id")]
    columns += [FailedPayment.objects.filter(top_up__member=member).values_list("attempt_id")]
    columns += [FailedAttempt.objects.filter(member=member).values_list("attempt_id")]
    columns += [rows.objects.filter(member=member).values_list("stripe_id") for rows in (Invoice, Subscription)]
    columns += [Invoice.objects.filter(member=member).values_list("payment_intent_id")]
    columns += [rows.objects.filter(member=member).values_list("session_id") for rows in (Enrolment, CardSetup)]
    ids = [id_ for column in columns for (id_,) in column if id_]
    named = Q(object_id__in=ids)
    for text in [*addresses, *(id_ for id_ in ids if id_.startswith(("cus_", "pi_")))]:
        named |= Q(payload__icontains=text)
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
    return list(StripeEvent.objects.filter(named, received_at__gte=member.date_joined).values_list("pk", flat=True))


def redact_late(event: StripeEvent) -> None:
    """What Stripe says of somebody after the purge is applied, and says no more who it is."""
    told = event.object
    customer = told.get("customer") or told.get("id")
    if StripeCustomer.objects.filter(stripe_id=customer, member__purged_at__isnull=False).exists():
        redact(event.pk, [])
