"""Reads of this room: how members came, what share codes bring, whom one member brought. Without staff and demo."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from accounts import gate
from accounts.models import User
from ledger.queries import PAID_IN, REVENUE
from referrals import codes
from referrals.models import Referral, ShareCode, VisitDay
from sitestats.channels import Channel
from sitestats.models import Acquisition
from tunables import values
from ui import lists

RECENT = 50
SHOWN = 100
State = Referral.State

# What the acquisition panel groups by: (label, first column, second column); columns of `cohort` below
GROUPS = {
    "": ("Source", "channel", "source"),
    "channel": ("Channel", "channel", "''"),
    "code": ("Share code", "code", "sharer"),
    "invite": ("Invite", "invite", "''"),
}
# Members of a period with what they paid and were charged since: paid credit spent is revenue, granted credit is not
_COHORT = f"""WITH cohort AS (
    SELECT u.id, coalesce(a.channel, '') AS channel, coalesce(a.source, '') AS source, coalesce(a.invite, '') AS invite,
        r.code_id, coalesce(s.code, '') AS code, coalesce(s.member_id::text, '') AS sharer, r.state, r.reward
    FROM accounts_user u LEFT JOIN sitestats_acquisition a ON a.user_id = u.id
        LEFT JOIN referrals_referral r ON r.member_id = u.id
        LEFT JOIN referrals_sharecode s ON s.id = r.code_id AND r.state <> 'over_cap'
    WHERE u.role = '' AND NOT u.is_demo AND u.date_joined >= %(start)s AND u.date_joined < %(end)s),
topped AS (SELECT t.member_id, sum(e.amount) AS paid_in FROM ledger_transaction t
    JOIN cohort ON cohort.id = t.member_id JOIN ledger_entry e ON e.transaction_id = t.id
    JOIN ledger_account a ON a.id = e.account_id
    WHERE {PAID_IN} GROUP BY t.member_id),
charged AS (SELECT t.member_id, -sum(e.amount) AS revenue FROM ledger_transaction t
    JOIN cohort ON cohort.id = t.member_id JOIN ledger_entry e ON e.transaction_id = t.id
    JOIN ledger_account a ON a.id = e.account_id AND {REVENUE} GROUP BY t.member_id)"""  # noqa: S608 - constants
_WAYS = """{cohort} SELECT {first}, {second}, count(*), count(topped.member_id), coalesce(sum(paid_in), 0.00),
    coalesce(sum(revenue), 0.00), count(*) OVER (), sum(count(*)) OVER ()
FROM cohort LEFT JOIN topped ON topped.member_id = id LEFT JOIN charged ON charged.member_id = id
WHERE {first} <> '' OR {all} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %(most)s"""
_CODES = f"""{_COHORT}, came AS (
    SELECT code_id, count(*) FILTER (WHERE state <> 'over_cap') AS sign_ups,
        count(topped.member_id) FILTER (WHERE state <> 'over_cap') AS topped_up,
        sum(paid_in) FILTER (WHERE state <> 'over_cap') AS paid_in,
        sum(revenue) FILTER (WHERE state <> 'over_cap') AS revenue,
        sum(reward) FILTER (WHERE state = 'rewarded') AS reward, count(*) FILTER (WHERE state = 'over_cap') AS over_cap
    FROM cohort LEFT JOIN topped ON topped.member_id = id LEFT JOIN charged ON charged.member_id = id
    WHERE code_id IS NOT NULL GROUP BY code_id),
seen AS (SELECT code_id, sum(visits) AS visits FROM referrals_visitday
    WHERE day BETWEEN %(first)s AND %(last)s GROUP BY code_id)
SELECT s.code, u.id, u.name, u.email, coalesce(visits, 0), coalesce(sign_ups, 0), coalesce(topped_up, 0),
    coalesce(paid_in, 0.00), coalesce(revenue, 0.00), coalesce(reward, 0.00), coalesce(over_cap, 0),
    count(*) OVER (), sum(coalesce(over_cap, 0)) OVER ()
FROM referrals_sharecode s JOIN accounts_user u ON u.id = s.member_id
    LEFT JOIN came ON came.code_id = s.id LEFT JOIN seen ON seen.code_id = s.id
WHERE came.code_id IS NOT NULL OR (seen.code_id IS NOT NULL AND NOT u.is_demo)
ORDER BY 6 DESC, 5 DESC, s.id LIMIT %(most)s"""  # noqa: S608 - constants of this module


@dataclass(frozen=True)
class Way:
    """A way in which members came, and what became of them until now."""

    first: str
    second: str
    sign_ups: int
    topped_up: int
    paid_in: Decimal
    revenue: Decimal

    @property
    def channel(self) -> str:
        """The channel in words."""
        return dict(Channel.choices).get(self.first, self.first) or "Not known"

    @property
    def conversion(self) -> Decimal:
        """Who topped up among those who signed up: 0 to 1."""
        return Decimal(self.topped_up) / self.sign_ups


@dataclass(frozen=True)
class Chain:
    """What one share code brought in a period: visit → sign-up → first top-up → revenue."""

    code: str
    member_id: int
    name: str
    email: str
    visits: int
    sign_ups: int
    topped_up: int
    paid_in: Decimal
    revenue: Decimal
    reward: Decimal
    over_cap: int

    @property
    def member(self) -> User:
        """Whose code it is, as far as the panel shows it: unsaved."""
        return User(id=self.member_id, name=self.name, email=self.email)


@dataclass(frozen=True)
class First:
    """The first rows of a list, how many `more` there are, and of all of them the `total` that the panel tells."""

    rows: list
    more: int
    total: int


def acquisition(*, period, by="", most: int | None = None) -> First:
    """How the members of a period came (`Way`), the most frequent way first; `total`: sign-ups."""
    _, first, second = GROUPS[by]
    known_only = "false" if by in ("code", "invite") else "true"
    return _first(Way, _WAYS.format(cohort=_COHORT, first=first, second=second, all=known_only), period, most)


def share_codes(*, period, most: int | None = None) -> First:
    """Codes that brought a visit or a sign-up in the period (`Chain`); `total`: sign-ups beyond the cap."""
    return _first(Chain, _CODES, period, most)


def _first(kind, statement: str, period, most: int | None) -> First:
    with connection.cursor() as cursor:
        days = {"first": period.first, "last": period.last}
        cursor.execute(statement, {"start": period.start, "end": period.end, "most": most, **days})
        found = cursor.fetchall()
    number, total = found[0][-2:] if found else (0, 0)
    return First([kind(*row[:-2]) for row in found], number - len(found), total)


def recent_signups() -> list[User]:
    """The newest members, each with how it came where that was kept."""
    members = User.objects.filter(role="", is_demo=False).select_related("acquisition", "referral__code")
    return list(members.order_by("-date_joined", "-id")[:RECENT])


def referrals(*, state: str = "", brought_by: User | None = None) -> QuerySet[Referral]:
    """Whom members brought, of one `Referral.State` or one member's; newest first is the caller's order."""
    found = Referral.objects.select_related("member", "code__member", "decided_by")
    found = found.filter(state=state) if state else found
    return found.filter(code__member=brought_by) if brought_by else found


def state_counts() -> dict[str, str]:
    """How many referrals are in each state ("" is all), exact up to 10,000."""
    return {state: lists.bounded_count(referrals(state=state)) for state in ("", *State.values)}


@dataclass(frozen=True)
class Brought:
    """One member's own code and what it brought."""

    code: ShareCode | None
    visits: int
    sign_ups: int
    waiting: int
    rewarded: int
    earned: Decimal


def brought(member: User, *, confirmed: bool = False) -> Brought:
    """What the code of `member` brought so far; `confirmed`: only people whose address is theirs."""
    code = ShareCode.objects.filter(member=member).first()
    visits = VisitDay.objects.filter(code=code).aggregate(sum=Sum("visits"))["sum"] or 0
    rewarded = Q(state=State.REWARDED)
    found = Referral.objects.counted().filter(code=code)
    if confirmed:
        found = found.filter(member__in=User.objects.confirmed())
    sums = found.aggregate(
        sign_ups=Count("pk"),
        waiting=Count("pk", Q(state__in=(State.WAITING, State.HELD))),
        rewarded=Count("pk", rewarded),
        earned=Sum("reward", filter=rewarded, default=Decimal(0)),
    )
    return Brought(code, visits, **sums)


def own_link(request) -> dict:
    """What templates/referrals/_own.html shows to the member who asks; nothing to staff, or while nobody may register.

    Where addresses are confirmed, a sign-up counts from then on: before, it would tell whose address was new here.
    """
    code = gate.is_open() and codes.carried(request, None)
    if not code:
        return {}
    reward = values.get("referral_reward_usd")
    found = brought(request.user, confirmed=values.get("require_email_verification"))
    return {"own_link": codes.link(code), "brought": found, "reward": reward}


@dataclass(frozen=True)
class MemberReferrals:
    """For the user page: how somebody came, by whom, and whom they brought."""

    acquisition: Acquisition | None
    referral: Referral | None
    brought: Brought


def member_referrals(person: User) -> MemberReferrals:
    """How one member came, and what their code brought."""
    return MemberReferrals(
        Acquisition.objects.filter(user=person).first(),
        Referral.objects.select_related("code__member").filter(member=person).first(),
        brought(person),
    )
