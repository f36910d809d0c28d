"""What became of visits, by where members came from: facts of other rooms, each on the day of its own moment.

Members without staff and, unless the installation is a demo, without demo members; a cut counts for who made it, a
visitor's for nobody's source. Paid credit that was charged is revenue; cost is what providers are owed for these cuts.
They are added up by day: the last days each minute, with those that late top-ups and refunds belong to, and all of them
each night, for what changed otherwise since.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction

from ledger.queries import PAID_IN, REVENUE
from sitestats import folding, reconciling
from sitestats.agents import Kind
from sitestats.asking import DETAIL, Asked
from sitestats.deeds import TOP_UP_DAYS
from ui import clock, periods

ZERO = Decimal("0.00")
NUMBERS = ("sign_ups", "renders", "top_ups", "paid_in", "revenue", "cost")
COLUMNS = {"channel": "channel", "source": "source", "detail": "referrer"}  # of each level: see DayFact
LATE = 3  # days, today among them: so long a cut may be under way
RULES = 2  # raised with what ADD_UP tells: what it told by older ones is added up anew within the minute
ADD_UP = f"""INSERT INTO sitestats_dayfact
    (day, channel, source, referrer, rules, sign_ups, renders, top_ups, paid_in, revenue, cost)
SELECT (at AT TIME ZONE %(zone)s)::date, coalesce(q.channel, ''), coalesce(q.source, ''),
    {DETAIL.format("q")}, {RULES},
    sum(sign_ups), sum(renders), sum(top_ups), sum(paid_in), sum(revenue), sum(cost)
FROM (
    SELECT (day + interval '12 hours') AT TIME ZONE %(zone)s AS at, NULL::bigint AS member, 0 AS sign_ups, 0 AS renders,
        0 AS top_ups, 0 AS paid_in, 0 AS revenue, 0 AS cost
    FROM generate_series(%(first)s::timestamp, %(last)s::timestamp, '1 day') day
    UNION ALL SELECT date_joined, id, 1, 0, 0, 0, 0, 0
    FROM accounts_user WHERE date_joined >= %(start)s AND date_joined < %(end)s
    UNION ALL SELECT created_at, owner_id, 0, 1, 0, 0, 0, 0 FROM studio_cut
    WHERE state = 'done' AND (%(demo)s OR NOT is_demo) AND created_at >= %(start)s AND created_at < %(end)s
    UNION ALL SELECT t.happened_at, t.member_id, 0, 0,
        count(DISTINCT t.id) FILTER (WHERE {PAID_IN}), coalesce(sum(e.amount) FILTER (WHERE {PAID_IN}), 0),
        coalesce(-sum(e.amount) FILTER (WHERE {REVENUE}), 0), 0
    FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
        JOIN ledger_account a ON a.id = e.account_id AND a.member_id IS NULL AND a.type IN ('asset', 'income')
    WHERE t.happened_at >= %(start)s AND t.happened_at < %(end)s AND t.member_id IS NOT NULL GROUP BY t.id
    UNION ALL SELECT p.answered_at, c.owner_id, 0, 0, 0, 0, 0, coalesce(p.reported, p.expected)
    FROM pricing_providercall p JOIN studio_cut c ON c.id = p.cut_id
    WHERE p.state = 'answered' AND (%(demo)s OR NOT c.is_demo)
        AND p.answered_at >= %(start)s AND p.answered_at < %(end)s
) each LEFT JOIN accounts_user u ON u.id = member LEFT JOIN sitestats_acquisition q ON q.user_id = member
WHERE coalesce(u.role, '') = '' AND (%(demo)s OR NOT coalesce(u.is_demo, false)) GROUP BY 1, 2, 3, 4"""  # noqa: S608 - constants
TOTAL = f"""INSERT INTO sitestats_daytotal (day, {", ".join(NUMBERS)})
    SELECT day, {", ".join(f"sum({name})" for name in NUMBERS)} FROM sitestats_dayfact
    WHERE day BETWEEN %(first)s AND %(last)s GROUP BY day"""  # noqa: S608 - constants
# The first day of which there may be facts, the first and the last that are added up, and days of what was posted late:
# of it, and on which those signed up who topped up. Where a day before those that each look adds up is by other rules,
# there is no first
STATE = f"""SELECT (least((SELECT min(date_joined) FROM accounts_user), (SELECT min(created_at) FROM studio_cut),
            (SELECT min(happened_at) FROM ledger_transaction WHERE notable)) AT TIME ZONE %(zone)s)::date,
        CASE WHEN NOT EXISTS (SELECT FROM sitestats_dayfact WHERE rules < {RULES} AND day < %(recent)s)
            THEN (SELECT min(day) FROM sitestats_dayfact) END, (SELECT max(day) FROM sitestats_dayfact),
        ARRAY(SELECT DISTINCT (happened_at AT TIME ZONE %(zone)s)::date FROM ledger_transaction
            WHERE notable AND posted_at > now() - interval '1 hour' AND happened_at < %(start)s
            UNION SELECT (date_joined AT TIME ZONE %(zone)s)::date
            FROM ledger_transaction t JOIN accounts_user u ON u.id = t.member_id
            WHERE notable AND kind = 'top_up' AND posted_at > now() - interval '1 hour' AND date_joined < %(start)s
                AND date_joined > now() - interval '{TOP_UP_DAYS + 1} days')"""  # noqa: S608 - a constant


@dataclass(frozen=True)
class Facts:
    sign_ups: int = 0
    renders: int = 0
    top_ups: int = 0
    paid_in: Decimal = ZERO
    revenue: Decimal = ZERO
    cost: Decimal = ZERO

    @property
    def margin(self) -> Decimal:
        return self.revenue - self.cost


def with_demo() -> bool:
    """Whether this installation shows a demo: then its members count, as their page views do."""
    return settings.DEMO_MONTHS > 0


def known(asked: Asked) -> bool:
    """Members are people, and of how they came only the source was kept."""
    return not asked.path and not asked.device and asked.traffic in ("", "all", Kind.HUMAN)


def total(asked: Asked) -> Facts:
    return Facts(*_rows(asked, [])[0])


def by_source(asked: Asked) -> dict[tuple[str, str], Facts]:
    """(channel, source) -> what became of it; ("", "") is who came in no way that is known."""
    found = {row[:2]: Facts(*row[2:]) for row in _rows(asked, ["channel", "source"])}
    return {key: each for key, each in found.items() if each != Facts()}


def catch_up() -> None:
    """Add up the last days, those of late postings, and all that are not added up yet."""
    last = periods.today()
    first = last - dt.timedelta(days=LATE - 1)
    earliest, begun, done, late = _state(first)
    if not begun or earliest < begun:
        add_up_all()
        return
    add_up(min(first, done), last)
    for day in late:
        add_up(day, day)


def add_up_all() -> None:
    """Every day anew, as each night: what is told of a day long past may have changed."""
    today = periods.today()
    add_up(_state(today)[0], today, all_before=True)


def add_up(first: dt.date, last: dt.date, *, all_before: bool = False) -> None:
    """These days, in one transaction: twice gives the same, and at once one does it after the other."""
    told = {"first": first, "last": last, "zone": str(clock.zone())}
    told |= {"demo": with_demo(), "start": clock.midnight(first), "end": clock.midnight(last + dt.timedelta(days=1))}
    gone = "" if all_before else "WHERE day BETWEEN %(first)s AND %(last)s"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(folding.WAIT_FOR.format("sitestats.facts"))
        for table, added in (("dayfact", ADD_UP), ("daytotal", TOTAL), ("daytopups", reconciling.ADD_UP)):
            cursor.execute(f"DELETE FROM sitestats_{table} {gone}", told)  # noqa: S608 - constants of this function
            cursor.execute(added, told)


def _state(recent: dt.date) -> tuple[dt.date, dt.date | None, dt.date | None, list[dt.date]]:
    """The first day of facts, as far back as a period may ask; the first and the last added up; late ones."""
    with connection.cursor() as cursor:
        cursor.execute(STATE, {"zone": str(clock.zone()), "recent": recent, "start": clock.midnight(recent)})
        earliest, begun, done, late = cursor.fetchone()
    oldest = recent - dt.timedelta(days=periods.LONGEST)
    return max(earliest or recent, oldest), begun, done, [day for day in late if day >= oldest]


def _rows(asked: Asked, columns: list[str]) -> list[tuple]:
    only = "".join(f" AND {COLUMNS[name]} = %({name})s" for name in asked.origin)
    table = "sitestats_dayfact" if columns or only else "sitestats_daytotal"
    by, group = "".join(f"{each}, " for each in columns), f"GROUP BY {', '.join(columns)}" if columns else ""
    sums = ", ".join(f"coalesce(sum({name}), 0)::{'numeric' if n > 2 else 'bigint'}" for n, name in enumerate(NUMBERS))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {by} {sums} FROM {table} WHERE day BETWEEN %(first)s AND %(last)s{only} {group}",  # noqa: S608
            {"first": asked.period.first, "last": asked.period.last} | asked.origin,
        )
        return cursor.fetchall()
