"""Sums over days of usage: from their rows, and from the cuts where a row may not say all yet."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from accounting.models import DayReturn
from accounting.rollups import spans
from accounting.usage import rollups
from studio.models import Cut
from ui import clock
from ui.periods import Period

Sums = dict[str, int | Decimal]
TOGETHER = {"": ["member", "visitor"]}  # whom no maker asked for means
STORED = """
    SELECT part, value, {sums} FROM accounting_dayusage WHERE part = ANY(%s) AND makers = ANY(%s)
        AND day BETWEEN %s AND %s AND day <> ALL(%s) GROUP BY 1, 2
"""


def sums(period: Period, makers: str, parts: list[str], names=rollups.SUMS) -> dict[str, dict[str, Sums]]:
    """Part -> value -> these SUMS of a period."""
    fresh, _ = rollups.unread(period.first, period.last)
    which = TOGETHER.get(makers, [makers])
    added = defaultdict(lambda: defaultdict(lambda: dict.fromkeys(names, 0)))
    with connection.cursor() as cursor:
        asked = ", ".join(f"sum({name})" for name in names)
        cursor.execute(STORED.format(sums=asked), [parts, which, period.first, period.last, fresh])
        rows = [(part, value, zip(names, numbers, strict=True)) for part, value, *numbers in cursor.fetchall()]
        for first, last in spans(fresh):
            rollups.select(cursor, first, last, parts)
            for _, whose, part, value, *numbers in cursor.fetchall():
                if whose in which:
                    rows.append((part, value, zip(rollups.SUMS, numbers, strict=True)))
    for part, value, numbers in rows:
        one = added[part][value]
        for name, number in numbers:
            if name in one:
                one[name] += number
    return added


def different(period: Period, makers: str, whose: Q) -> dict[str, int]:
    """How many different members, visitors and poems the cuts of a period have: owner, visitor, poem -> number."""
    _, since = rollups.unread(period.first, period.last)
    known = DayReturn.objects.filter(makers=makers, day__gte=period.first, day__lte=period.last)
    known = known.filter(Q(before=None) | Q(before__lt=period.first))
    if since:
        since = max(since, period.first)
        known = known.filter(day__lt=since)
    found = dict(known.values_list("what").annotate(number=Sum("number")))
    if since is None or since > period.last:
        return found
    begins = clock.midnight(since)
    counted = Cut.objects.filter(whose)
    late, early = _asked(counted, begins, period.end), _asked(counted, period.start, begins)
    for what in rollups.WHO:
        new = late.filter(~Exists(early.filter(**{what: OuterRef(what)})))
        found[what] = found.get(what, 0) + new.aggregate(number=Count(what, distinct=True))["number"]
    return found


def _asked(cuts: QuerySet, since: dt.datetime, until: dt.datetime) -> QuerySet:
    return cuts.filter(created_at__gte=since, created_at__lt=until)
