"""Lives of members on Premium, heard of when they happened or later."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from memberships import movements
from memberships.models import Subscription, Version
from memberships.tests.make import make_subscription

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def ago(months: int, days: int = 0) -> datetime:
    """The 15th of a month, some months ago."""
    year, month = divmod(NOW.year * 12 + NOW.month - 1 - months, 12)
    return NOW.replace(year=year, month=month + 1) + timedelta(days=days)


def lives(member, *states, in_time=True) -> Subscription:
    """A subscription with these states of (at, MRR)."""
    row = make_subscription(member, "0", since=timedelta(days=999))
    for at, mrr in states:
        hears(row, at, mrr, in_time=in_time)
    return row


def hears(row, at, mrr, *, in_time=True, **facts) -> None:
    """One state: heard of at once, or only now."""
    state = {
        "status": "active" if Decimal(mrr) else "canceled",
        "mrr": Decimal(mrr),
        "facts": facts,
        "seen_at": at if in_time else NOW,
    }
    Version.objects.create(subscription=row, at=at, rank=1, digest=f"{at}{mrr}", **state)
    newest = row.versions.order_by(*Version.ORDER).last()
    Subscription.objects.filter(pk=row.pk).update(mrr=newest.mrr, status=newest.status)
    with pytest.MonkeyPatch.context() as patch:
        if in_time:
            patch.setattr(movements.clock, "now", lambda: at)
        movements.catch_up(row.member)
