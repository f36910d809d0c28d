"""Sums over days of usage: from their rows, and from the cuts where a row may not say all yet."""

from collections import defaultdict
from decimal import Decimal

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from accounting.models import DayReturn
from accounting.rollups import spans
from accounting.usage import rollups
from ui import clock
from ui.periods import Period

Sums = dict[str, int | Decimal]
TOGETHER = {"": ["member", "visitor"]}  # whom no maker asked for means
STORED = """
    SELECT part, value, {sums} FROM accounting_dayusage WHERE part = ANY(%s) AND makers = ANY(%s)
        AND day BETWEEN %s AND %s AND day <> ALL(%s) GROUP BY 1, 2
"""

# Who asked since a moment, and had not in the period before it: each looked for by the index of what is theirs
NEW = """
    SELECT count(*) FROM (
        SELECT DISTINCT c.{key} AS who FROM studio_cut c LEFT JOIN accounts_user u ON u.id = c.owner_id
        WHERE c.created_at >= %(since)s AND c.created_at < %(end)s AND c.{key} IS NOT NULL AND {makers} = ANY(%(which)s)
    ) AS late LEFT JOIN LATERAL (
        SELECT true AS known FROM studio_cut c LEFT JOIN accounts_user u ON u.id = c.owner_id
        WHERE c.{key} = late.who AND c.created_at >= %(start)s AND c.created_at < %(since)s
            AND {makers} = ANY(%(which)s) LIMIT 1
    ) AS early ON true WHERE known IS NULL
"""


def sums(period: Period, makers: str, parts: list[str], names=rollups.SUMS) -> dict[str, dict[str, Sums]]:
    """Part -> value -> these SUMS of a period."""
    fresh, _ = rollups.unread(period.first, period.last)
    which = TOGETHER.get(makers, [makers])
    added = defaultdict(lambda: defaultdict(lambda: dict.fromkeys(names, 0)))
    with connection.cursor() as cursor:
        asked = ", ".join(f"sum({name})" for name in names)
        cursor.execute(STORED.format(sums=asked), [parts, which, period.first, period.last, fresh])
        rows = cursor.fetchall()
        for first, last in spans(fresh):
            rollups.select(cursor, first, last, parts, names)
            rows += [row[2:] for row in cursor.fetchall() if row[1] in which]
    for part, value, *numbers in rows:
        one = added[part][value]
        for name, number in zip(names, numbers, strict=True):
            one[name] += number
    return added


def different(period: Period, makers: str) -> dict[str, int]:
    """How many different members, visitors and poems the cuts of a period have: owner, visitor, poem -> number."""
    _, since = rollups.unread(period.first, period.last)
    known = DayReturn.objects.filter(makers=makers, day__gte=period.first, day__lte=period.last)
    known = known.filter(Q(before=None) | Q(before__lt=period.first))
    if since is None or since > period.last:
        return _numbers(known)
    since = max(since, period.first)
    found = _numbers(known.filter(day__lt=since))
    asked = {"start": period.start, "since": clock.midnight(since), "end": period.end}
    with connection.cursor() as cursor:
        for what, key in rollups.WHO.items():
            named = NEW.format(key=key, makers=rollups.MAKERS)
            cursor.execute(named, asked | {"which": TOGETHER.get(makers, [makers])})
            found[what] += cursor.fetchone()[0]
    return found


def _numbers(known: QuerySet[DayReturn]) -> dict[str, int]:
    return dict.fromkeys(rollups.WHO, 0) | dict(known.values_list("what").annotate(number=Sum("number")))
