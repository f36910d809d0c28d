"""What became of visits, by where members came from: facts of other rooms, as of their own moment in the period.

Members without staff and demo; a cut counts for who made it, a visitor's for nobody's source. Paid credit that was
charged is revenue; cost is what providers are owed for these cuts.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from sitestats.agents import Kind
from sitestats.asking import Asked

ZERO = Decimal("0.00")
FACTS = """SELECT {by} coalesce(sum(sign_ups), 0), coalesce(sum(renders), 0), coalesce(sum(top_ups), 0),
    coalesce(sum(paid_in), 0.00), coalesce(sum(revenue), 0.00), coalesce(sum(cost), 0.00)
FROM (
    SELECT id AS member, 1 AS sign_ups, 0 AS renders, 0 AS top_ups, 0 AS paid_in, 0 AS revenue, 0 AS cost
    FROM accounts_user WHERE date_joined >= %(start)s AND date_joined < %(end)s
    UNION ALL SELECT owner_id, 0, 1, 0, 0, 0, 0 FROM studio_cut
    WHERE state = 'done' AND created_at >= %(start)s AND created_at < %(end)s
    UNION ALL SELECT t.member_id, 0, 0, count(DISTINCT t.id) FILTER (WHERE t.kind = 'top_up' AND a.type = 'asset'),
        coalesce(sum(e.amount) FILTER (WHERE t.kind = 'top_up' AND a.type = 'asset'), 0),
        coalesce(-sum(e.amount) FILTER (WHERE a.type = 'income'), 0), 0
    FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id JOIN ledger_account a
        ON a.id = e.account_id AND a.member_id IS NULL AND a.type IN ('asset', 'income') AND a.name <> 'breakage'
    WHERE t.happened_at >= %(start)s AND t.happened_at < %(end)s AND t.member_id IS NOT NULL GROUP BY t.member_id
    UNION ALL SELECT c.owner_id, 0, 0, 0, 0, 0, coalesce(p.reported, p.expected)
    FROM pricing_providercall p JOIN studio_cut c ON c.id = p.cut_id
    WHERE p.state = 'answered' AND p.answered_at >= %(start)s AND p.answered_at < %(end)s
) each LEFT JOIN accounts_user u ON u.id = member LEFT JOIN sitestats_acquisition q ON q.user_id = member
WHERE coalesce(u.role, '') = '' AND NOT coalesce(u.is_demo, false) {only} {group}"""


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


def known(asked: Asked) -> bool:
    """Members are people, and of how they came only the source was kept."""
    return not asked.path and not asked.device and asked.traffic in ("", "all", Kind.HUMAN)


def total(asked: Asked) -> Facts:
    return Facts(*_rows(asked, [])[0])


def by_source(asked: Asked) -> dict[tuple[str, str], Facts]:
    """(channel, source) -> what became of it; ("", "") is who came in no way that is known."""
    columns = ["coalesce(q.channel, '')", "coalesce(q.source, '')"]
    return {row[:2]: Facts(*row[2:]) for row in _rows(asked, columns)}


def _rows(asked: Asked, columns: list[str]) -> list[tuple]:
    only = "".join(f" AND q.{name} = %({name})s" for name in asked.origin)
    by, group = "".join(f"{each}, " for each in columns), f"GROUP BY {', '.join(columns)}" if columns else ""
    with connection.cursor() as cursor:
        cursor.execute(
            FACTS.format(by=by, only=only, group=group),
            {"start": asked.period.start, "end": asked.period.end} | asked.origin,
        )
        return cursor.fetchall()
