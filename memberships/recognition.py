"""What is paid for Premium becomes revenue month by month; what goes back takes first what is not earned yet.

How an invoice stands in the books follows from facts alone, as `earning` tells. `recognise` posts the difference
between what should stand under each name and what does, so that the order in which the facts are heard changes nothing.

Where Premium ends before what was paid for, nothing more is owed: what is left is earned at that moment, and a refund
that follows takes it back.
"""

from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from alerts.models import raise_once, settle
from ledger import posting
from memberships import earning
from memberships.earning import DEFERRED, ZERO, Earning, Part, cents
from memberships.models import Invoice, MoneyBack, Subscription
from ui.format import money

__all__ = ["DEFERRED", "cents", "recognise", "recognise_due", "recognise_ended", "recognise_together", "together"]


def together(subscription_id: str) -> QuerySet[Invoice]:
    """Its invoices, locked: what becomes of one hangs on the others, so one act at a time. Inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"premium {subscription_id}"])
    rows = Invoice.objects.filter(subscription_id_at_stripe=subscription_id).order_by("pk")
    rows = rows.select_for_update(no_key=True)
    list(rows.values_list("pk"))
    return rows


def recognise(row: Invoice, now: datetime | None = None) -> bool:
    """Bring the books to where the invoice stands, and say when the next part is due; whether anything was posted.

    Inside a transaction, the row locked.
    """
    now = now or timezone.now()
    backs = list(row.money_back.all())
    ended = Subscription.objects.filter(stripe_id=row.subscription_id_at_stripe).values_list("ended_at", flat=True)
    moves = list(earning.moves(_paid(row), row))
    found = earning.earning(row, backs, now, ended.first(), moves)
    posted = [_post(row, name, found.parts.get(name), now) for name in sorted({*found.parts, *row.booked})]
    _take_credit_back(row, found, now)
    row.recognised, row.refunded, row.earns_at = found.recognised, found.unearned, found.earns_at
    row.waits = _on_balance(row, moves, now)
    row.save(update_fields=["recognised", "refunded", "earns_at", "booked", "waits"])
    MoneyBack.objects.bulk_update(backs, ["unearned"])
    if backs:
        _watch_both_ways(row, sum((back.amount for back in backs if back.holds), ZERO))
    return any(posted)


def _watch_both_ways(row: Invoice, back: Decimal) -> None:
    """Stripe knows nothing of the one when it does the other: a switch after a refund gives the same money again."""
    name = f"memberships.both_ways.{row.pk}"
    if not row.waits or back + row.waits <= row.cash:
        settle(name)
        return
    # What waits stands in the title alone: by another detail it would be told anew at each renewal that it pays
    title = f"{row.member.email} was given back {money(back)} of {money(row.cash)}, and {money(row.waits)} waits"
    detail = (
        f"With the {money(back)} that went back, what waits on the customer’s balance at Stripe is more than was paid "
        "for Premium. Take what is too much off that balance, or leave it to them."
    )
    raise_once(name, title, detail, severity="bad", url=row.staff_url)


def _on_balance(row: Invoice, moves: list[earning.Move], now: datetime) -> Decimal:
    """What of it is on the customer's balance at Stripe, tax and all. No refund and no end takes it off there."""
    waits = earning.earning(row, (), now, moves=moves).waits if moves else ZERO
    return cents(waits * row.cash / row.earnable) if waits else ZERO


def _post(row: Invoice, name: str, part: Part | None, now: datetime) -> bool:
    """The difference to what is booked under a name; each further one has a number of its own."""
    debit, credit, text, times = row.booked.get(name) or [part.debit, part.credit, "0", 0]
    wanted = part.amount if part else ZERO
    change = wanted - Decimal(text)
    if not change:
        return False
    row.booked[name] = [debit, credit, str(wanted), times + 1]
    posting.transfer(
        "transfer",
        *((debit, credit) if change > 0 else (credit, debit)),
        abs(change),
        external_id=f"{name}:{times + 1}" if times else name,
        service="premium",
        note=part.note if part else f"Premium, invoice {row.number or row.stripe_id}: corrected",
        happened_at=part.at if part else now,
    )
    return True


def _take_credit_back(row: Invoice, found: Earning, now: datetime) -> None:
    """Of the credit that came with it as much goes as of its price, up to what is left of it; never into debt."""
    wanted = cents(row.credit * found.gone / row.cash) if row.credit and row.cash else ZERO
    if wanted == row.credit_back:
        return
    row.credit_back, row.credit_changes = wanted, row.credit_changes + 1
    posting.take_back(
        f"{row.external_id}:credit",
        wanted,
        external_id=f"{row.external_id}:credit:{row.credit_changes}",
        note="Included in Premium, which was paid back",
        happened_at=now,
    )
    row.save(update_fields=["credit_back", "credit_changes"])


def recognise_due(limit: int = 1000) -> int:
    """Every invoice of which another month has passed; returns how many earned something."""
    rows = Invoice.objects.filter(earns_at__lte=timezone.now()).order_by("earns_at")
    earned = 0
    for pk in list(rows.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            earned += recognise(Invoice.objects.select_for_update(no_key=True).get(pk=pk))
    return earned


def recognise_together(row: Invoice) -> None:
    """An invoice that was paid, and the others whose money it moves. Inside a transaction, all of them locked."""
    others = _paid(row).exclude(pk=row.pk) if row.unused or row.total != row.cash else ()
    for each in (row, *others):
        recognise(each)


def recognise_ended(subscription: Subscription) -> None:
    """What was paid for a time after its end, or waits on the balance. Inside a transaction."""
    rows = together(subscription.stripe_id).filter(paid_at__isnull=False)
    left = Q(cash__gt=F("tax") + F("recognised") + F("refunded"))
    for row in rows.filter(Q(covers_until__gt=subscription.ended_at) | left):
        recognise(row)


def _paid(row: Invoice) -> QuerySet[Invoice]:
    """All paid ones of its subscription."""
    return Invoice.objects.filter(
        subscription_id_at_stripe=row.subscription_id_at_stripe, paid_at__isnull=False
    ).order_by("pk")
