"""Staff end a member's Premium: it stays for what is paid for, and is not charged again.

Past due it stays no longer: its paid period is over. It ends at once, and with it Stripe stops to collect what is open
(https://docs.stripe.com/api/subscriptions/cancel). That could still be paid on Stripe’s page, for nothing: it is void
as soon as one has ended whose member’s account is closed.
"""

from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from audit.models import record
from billing import stripe_api
from jobs.models import Job
from memberships import discounts, doubles
from memberships.earning import cents
from memberships.models import Invoice, Subscription, Version

VOID = "memberships.void_invoice"


def renewing(member: User) -> list[Subscription]:
    """What their card would be charged for again, whatever becomes of the account: what is owed of an end as well."""
    return [each for each in doubles.running(member) if each.renews or is_past_due(each)]


def is_past_due(row: Subscription) -> bool:
    """Whether its open invoice is tried again."""
    return row.status == Subscription.Status.PAST_DUE and row.is_collected


def next_charge(row: Subscription) -> Decimal:
    """What its renewal costs in US dollars, net of the discounts that last."""
    newest = row.versions.order_by(*Version.ORDER).last()
    return cents(discounts.net_of(discounts.lasting(newest.facts))) if newest else row.amount


def charges(member: User) -> list[tuple[Decimal, datetime]]:
    """What their card is charged next for each of these, in US dollars, and when: what is past due is tried again."""
    found = []
    for row in renewing(member):
        owed = Invoice.objects.filter(subscription_id_at_stripe=row.stripe_id, status=Invoice.Status.OPEN)
        tried = owed.filter(next_attempt_at__isnull=False).order_by("next_attempt_at") if is_past_due(row) else ()
        found += [(each.due, each.next_attempt_at) for each in tried]
        if row.renews:
            found.append((next_charge(row), row.period_end))
    return found


def end_later(member: User) -> str:
    """Have it ended by a job. Call in the transaction of the decision. Returns what will be, in words."""
    Job.enqueue("memberships.end_premium", {"member": member.pk})
    at_once = any(is_past_due(row) for row in renewing(member))
    return "to be ended at once where it is past due, else after the paid period" if at_once else "to be ended"


def end(member: User, decision: str) -> None:
    """Each at Stripe; its events bring it here. Outside a transaction; again, for the same `decision`, is harmless.

    Errors: those of `stripe_api.call`, once all were tried; Unreachable first, of which more may be heard.
    """
    troubles = []
    for row in renewing(member):
        try:
            _end_at_stripe(row.stripe_id, f"end:{row.stripe_id}:{decision}")
        except (stripe_api.Rejected, stripe_api.Unreachable) as error:
            troubles.append(error)
    if troubles:
        raise min(troubles, key=lambda error: isinstance(error, stripe_api.Rejected))


def void_later(subscription_id: str) -> None:
    """What is open of an ended one is voided by a job, unless its member may come for it.

    In the transaction of each word about it or its invoices, these held together (`recognition.together`).
    """
    closed = Subscription.objects.filter(stripe_id=subscription_id, ended_at__isnull=False, member__is_active=False)
    if not closed.exists():
        return
    for row in Invoice.objects.filter(subscription_id_at_stripe=subscription_id, status=Invoice.Status.OPEN):
        if Job.enqueue(VOID, {"invoice": row.pk}, dedupe_key=f"{VOID}:{row.pk}"):
            told = {"number": row.number, "due": f"{row.due:.2f}", "member": row.member_id}
            record(None, "invoice.void_asked", row, after=told, note="Premium has ended, and the account is closed")


def void(row: Invoice) -> None:
    """At Stripe, which tells that it was done. Outside a transaction; again is harmless.

    https://docs.stripe.com/api/invoices/void
    """
    if stripe_api.call("invoices", "retrieve", row.stripe_id)["status"] == Invoice.Status.OPEN:
        name = f"void:{row.stripe_id}:{timezone.now():%Y-%m-%dT%H}"
        stripe_api.call("invoices", "void_invoice", row.stripe_id, {}, {"idempotency_key": name})


def _end_at_stripe(key: str, name: str) -> None:
    """Under a `name` that is another one by the hour: Stripe repeats for ever what it could not answer."""
    name, ending = f"{name}:{timezone.now():%Y-%m-%dT%H}", {"cancel_at_period_end": True}
    try:
        told = stripe_api.call("subscriptions", "update", key, ending, {"idempotency_key": name})
        if told["status"] == Subscription.Status.PAST_DUE:
            stripe_api.call("subscriptions", "cancel", key, {}, {"idempotency_key": f"{name}:cancel"})
    except stripe_api.Rejected:
        if stripe_api.call("subscriptions", "retrieve", key)["ended_at"] is None:
            raise  # else it has ended meanwhile
