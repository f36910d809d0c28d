"""From the states of subscriptions to movements of MRR, one at each change of what a member pays a month.

New is who never paid before, reactivation who did; expansion and contraction are more and less than before, churn is
nothing any more. Sums of movements are MRR, to the last place.
"""

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

import tunables.values
from accounts.models import User
from memberships.models import Movement, Version
from ui import clock

CLOSES_AFTER = timedelta(days=3)  # as long as Stripe sends again what did not arrive
Kind = Movement.Kind
ZERO = Decimal(0)


def of_states(states: list[tuple[datetime, object, Decimal, object]]) -> list[tuple[datetime, str, Decimal, object]]:
    """(at, kind, amount, version) of (at, subscription, mrr, version), in their order; those of one second are one."""
    paying: dict = {}
    found, ever = [], False
    for at, together in groupby(states, key=lambda state: state[0].replace(microsecond=0)):
        before = sum(paying.values(), ZERO)
        for _, subscription, mrr, cause in together:  # noqa: B007 (the last is the cause)
            paying[subscription] = mrr
        if change := sum(paying.values(), ZERO) - before:
            found.append((at, _kind(before, change, ever=ever), change, cause))
        ever = ever or before + change > 0
    return found


def _kind(before: Decimal, change: Decimal, *, ever: bool) -> str:
    if not before:
        return Kind.REACTIVATION if ever else Kind.NEW
    if before + change == 0:
        return Kind.CHURN
    return Kind.EXPANSION if change > 0 else Kind.CONTRACTION


def catch_up(member: User) -> None:
    """Add what the stored movements of a member lack, and take back what never was. Inside a transaction."""
    User.objects.select_for_update(no_key=True).get(pk=member.pk)
    versions = Version.objects.filter(subscription__member=member).order_by(*Version.ORDER)
    states = [(each.at, each.subscription_id, each.mrr, each.pk) for each in versions.only("at", "mrr", "subscription")]
    wanted = {(at, kind, cause): amount for at, kind, amount, cause in of_states(states)}
    lacking = Counter(wanted)
    for row in Movement.objects.filter(member=member):
        lacking[row.at, row.kind, row.version_id] -= row.amount
    rows = [_row(member, *key, amount) for key, amount in sorted(lacking.items()) if amount]
    Movement.objects.bulk_create(rows)


def _row(member: User, at: datetime, kind: str, version: int, amount: Decimal) -> Movement:
    now, month = clock.now(), month_of(at)
    over = month_of(now - CLOSES_AFTER)
    counts = {"month": month} if month >= over else {"month": month_of(now), "restates": month}
    return Movement(member=member, version_id=version, kind=kind, amount=amount, at=at, posted_at=now, **counts)


def month_of(at: datetime) -> date:
    """The first day of its month, by the business time zone."""
    return at.astimezone(tunables.values.business_zone()).date().replace(day=1)
