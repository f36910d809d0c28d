"""The last step of the funnel against the ledger: who signed up in a period and topped up, and where they are in it.

The rule: the last step is as many sessions as those in which members signed up who, by the ledger, topped up within 30
days, and who had a cut rendered in that session before. All others of the ledger are told apart by why they are not in.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from ledger.queries import PAID_IN
from sitestats.deeds import TOP_UP_DAYS
from sitestats.models import DayTopUps

# Of the days of which facts.py adds up what members did
ADD_UP = f"""WITH render AS (
        SELECT session, min(at) AS at FROM sitestats_deed
        WHERE what = 'render' AND done_at IS NOT NULL AND day BETWEEN %(first)s::date - 1 AND %(last)s GROUP BY session
    )
    INSERT INTO sitestats_daytopups (day, members, paid, ordered, sessions, seen)
    SELECT (u.date_joined AT TIME ZONE %(zone)s)::date, count(*), sum(paid), count(*) FILTER (WHERE d.at >= render.at),
        count(DISTINCT d.session) FILTER (WHERE d.at >= render.at), count(d.id)
    FROM accounts_user u CROSS JOIN LATERAL (
        SELECT sum(e.amount) AS paid FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
            JOIN ledger_account a ON a.id = e.account_id
        WHERE t.member_id = u.id AND {PAID_IN}
            AND t.happened_at < u.date_joined + interval '{TOP_UP_DAYS} days' HAVING count(*) > 0) topped
    LEFT JOIN sitestats_deed d ON d.what = 'sign_up' AND d.subject = u.id LEFT JOIN render USING (session)
    WHERE u.role = '' AND (%(demo)s OR NOT u.is_demo) AND u.date_joined >= %(start)s AND u.date_joined < %(end)s
    GROUP BY 1"""  # noqa: S608 - constants


@dataclass(frozen=True)
class TopUps:
    """Members who signed up in a period and topped up within 30 days, with what they paid in these."""

    members: int  # by the ledger
    paid: Decimal
    ordered: int  # of them, those who had a cut rendered in the session of their sign-up, before it
    sessions: int  # of these: what the funnel's last step must be
    seen: int  # of the members, those whose sign-up was seen in a session

    @property
    def otherwise(self) -> int:
        """Who took the steps in another order, or in several sessions."""
        return self.seen - self.ordered

    @property
    def unseen(self) -> int:
        """Who asked not to be counted, or signed up while page views were not recorded."""
        return self.members - self.seen


def top_ups(period) -> TopUps:
    """What the ledger says of those who signed up in a period, staff and (but in a demo) demo members left out."""
    days = DayTopUps.objects.filter(day__range=(period.first, period.last))
    sums = days.aggregate(**{name: Sum(name) for name in ("members", "paid", "ordered", "sessions", "seen")})
    return TopUps(**{name: number or 0 for name, number in sums.items()})
