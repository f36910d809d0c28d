"""A month of Premium passed: what was paid for it is revenue from then on. What is not yet earned is deferred."""

import calendar
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import count, takewhile

from django.db import transaction
from django.utils import timezone

from ledger import posting
from memberships.models import Invoice

CENT = Decimal("0.01")
ZERO = Decimal(0)


def recognise(row: Invoice, now: datetime | None = None) -> Decimal:
    """Book what the months that have passed have earned and was not booked; say when the next part is due.

    Inside a transaction, the row locked. The sum that is recognised names the posting, so each is made once.
    """
    now = now or timezone.now()
    ends = _ends(row)
    passed = sum(end <= now for end in ends)
    earned = (row.earnable * passed / len(ends)).quantize(CENT, ROUND_HALF_UP)
    step = max(ZERO, min(earned - row.recognised, row.deferred))
    if step:
        row.recognised += step
        posting.transfer(
            "transfer",
            debit="deferred_subscription",
            credit="subscription_revenue",
            amount=step,
            external_id=f"{row.external_id}:earned:{row.recognised:.2f}",
            service="premium",
            note=f"Premium, earned of invoice {row.number or row.stripe_id}",
        )
    row.earns_at = ends[passed] if row.deferred and passed < len(ends) else None
    row.save(update_fields=["recognised", "earns_at"])
    return step


def recognise_due(limit: int = 1000) -> int:
    """Every invoice of which another month has passed; returns how many earned something."""
    rows = Invoice.objects.filter(earns_at__lte=timezone.now()).order_by("earns_at")
    earned = 0
    for pk in list(rows.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            earned += bool(recognise(Invoice.objects.select_for_update().get(pk=pk)))
    return earned


def _ends(row: Invoice) -> list[datetime]:
    """Where each month of what it pays for ends; the last may be a part of one."""
    months = (_later(row.covers_from, number) for number in count(1))
    return [*takewhile(lambda end: end < row.covers_until, months), row.covers_until]


def _later(start: datetime, months: int) -> datetime:
    """As Stripe counts: one of the 31st ends on the last of each month."""
    start = start.astimezone(UTC)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return start.replace(year=year, month=month + 1, day=min(start.day, calendar.monthrange(year, month + 1)[1]))
