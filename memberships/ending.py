"""Staff end a member's Premium: it stays for what is paid for, and is not charged again.

Past due it stays no longer: its paid period is over. So it is when it was just renewed: Stripe charges an hour later
what is a draft until then. It ends at once, and with it Stripe stops to collect what is open
(https://docs.stripe.com/api/subscriptions/cancel). That could still be paid on Stripe’s page, for nothing: it is void
as soon as one has ended whose member’s account is closed.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet

from accounts.models import User
from audit.models import record
from billing import stripe_api
from jobs.models import Job, State
from memberships import balance, discounts, doubles
from memberships.earning import cents
from memberships.models import Invoice, Subscription

DRAFT_FOR = timedelta(hours=1)  # before what a renewal costs is charged
UNPAID = (Invoice.Status.DRAFT, Invoice.Status.OPEN)

VOID = "memberships.void_invoice"


def renewing(member: User) -> list[Subscription]:
    """What their card would be charged for again, whatever becomes of the account: what is owed of an end as well, and
    what is not collected for the time being, which Stripe takes up again at a time of its own.
    """
    return [each for each in doubles.running(member) if each.has_no_end or ends_at_once(each)]


def as_shown(rows: list[Subscription]) -> str:
    """These by name: whoever decides about them has seen the same ones."""
    return " ".join(row.stripe_id for row in rows)


def ends_at_once(row: Subscription) -> bool:
    """Whether the period that runs is not paid: it is past due, or was just renewed."""
    return row.status == Subscription.Status.PAST_DUE or _owed(row).exists()


def _owed(row: Subscription) -> QuerySet[Invoice]:
    """What is open of it, or about to be; unless it is past due, of the renewal that began its period."""
    rows = Invoice.objects.filter(subscription_id_at_stripe=row.stripe_id, status__in=UNPAID, due__gt=0)
    if row.status == Subscription.Status.PAST_DUE:
        return rows
    return rows.filter(reason=Invoice.RENEWAL, covers_until__gt=row.period_start)


def next_charge(row: Subscription) -> Decimal:
    """What its renewal costs in US dollars, net of the discounts that last."""
    facts = discounts.lasting(row)
    return cents(discounts.net_of(facts)) if facts else row.amount


def charges(member: User) -> list[tuple[Decimal, datetime]]:
    """What their card is charged next for each of these, in US dollars, and when: what is not paid is tried again.

    Nothing of what is not collected now. At most, but for a tax that is added: what waits on the balance is taken
    first; what somebody put there at Stripe, and what a coupon takes off one payment, is known there alone.
    """
    found, waits = [], balance.of_member(member)
    for row in renewing(member):
        if row.is_collected and ends_at_once(row):
            found += [(each.due, at) for each in _owed(row) if (at := _tried_at(each))]
        if row.renews:
            cost = next_charge(row)
            found.append((cost - min(cost, waits), row.period_end))
            waits -= min(cost, waits)
    return found


def _tried_at(row: Invoice) -> datetime | None:
    is_draft = row.status == Invoice.Status.DRAFT
    return row.next_attempt_at or (row.created_at + DRAFT_FOR if is_draft else None)


def end_later(member: User) -> str:
    """Have it ended by a job, one for all who decide so before it begins. Returns what will be, in words.

    Call in the transaction of the decision, with the member locked. The job does not begin before that is committed.
    """
    about = {"kind": "memberships.end_premium", "payload": {"member": member.pk}}
    if not Job.objects.select_for_update(no_key=True).filter(**about, state=State.NEW).first():
        Job.enqueue(**about)
    at_once = any(ends_at_once(row) for row in renewing(member))
    return "to be ended at once where it is not paid, else after the paid period" if at_once else "to be ended"


def end(member: User) -> None:
    """Each at Stripe; its events bring it here. Outside a transaction; again is harmless.

    An account that is open again keeps it, as the audit says. Errors: those of `stripe_api.call`, once all were tried.
    """
    if member.is_active:
        note = "The account was open again before Stripe was told"
        record(None, "premium.end_dropped", member, note=note)
        return
    troubles = []
    for row in renewing(member):
        try:
            _end_at_stripe(row.stripe_id)
        except (stripe_api.Rejected, stripe_api.Unreachable) as error:
            troubles.append(error)
    stripe_api.raise_first(troubles)


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
        stripe_api.call("invoices", "void_invoice", row.stripe_id, {}, {"idempotency_key": stripe_api.once("void")})


def _end_at_stripe(stripe_id: str) -> None:
    ending, key = {"cancel_at_period_end": True, "expand": ["latest_invoice"]}, stripe_api.once("end")
    try:
        told = stripe_api.call("subscriptions", "update", stripe_id, ending, {"idempotency_key": key})
        if told["status"] == Subscription.Status.PAST_DUE or _is_owed(told["latest_invoice"]):
            key = stripe_api.once("end_now")
            stripe_api.call("subscriptions", "cancel", stripe_id, {}, {"idempotency_key": key})
    except stripe_api.Rejected:
        if stripe_api.call("subscriptions", "retrieve", stripe_id)["ended_at"] is None:
            raise  # else it has ended meanwhile


def _is_owed(told: dict | None) -> bool:
    """Whether the newest invoice of one that is not past due is that of the renewal, and not paid yet."""
    return (
        bool(told) and told["billing_reason"] == Invoice.RENEWAL and told["status"] in UNPAID and told["amount_due"] > 0
    )
