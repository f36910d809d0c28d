"""Payments, refunds and credit by hand, the connection to Stripe, and one member's money."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

import tunables.values
from accounts.models import User
from accounts.queries import named, users
from billing import checkout, probe, top_up_details
from billing.models import CreditAdjustment, FailedPayment, StripeCustomer, StripeEvent, TopUp
from billing.probe import Finding
from billing.wording import BACK, kind_words, member_note, own_id, signed_amount, source_of
from ledger.models import Kind, Transaction, Wallet
from ledger.queries import SPENDING_ORDER, Balances, balances, holds, lots, movements
from memberships import history
from memberships.entries import Entry
from ui import format
from ui.periods import Period

FIGURES = (Kind.TOP_UP, *BACK, Kind.FEE)
TOPUP_KINDS = (
    (Kind.TOP_UP, "Top-ups"),
    (Kind.REFUND, "Refunds"),
    (Kind.DISPUTE, "Disputes"),
    (Kind.GRANT, "Grants"),
    (Kind.ADJUSTMENT, "Adjustments"),
    (Kind.DEBT_WRITTEN_OFF, "Write-offs"),
    (Kind.REVERSAL, "Undone"),
)


@dataclass(frozen=True)
class Pack:
    """One offered amount, with the bonus that comes with it, in US dollars."""

    amount: Decimal
    bonus: Decimal

    @property
    def value(self) -> str:
        return f"{self.amount:.2f}"

    @property
    def total(self) -> Decimal:
        return self.amount + self.bonus


def packs() -> list[Pack]:
    """The offered top-ups, as the top-up configuration has them now."""
    return [Pack(amount, checkout.bonus_for(amount)) for amount in tunables.values.get("topup_presets_usd")]


def unfinished(*, member: User) -> list[TopUp]:
    """Payments that `member` may still finish or that are on their way."""
    rows = TopUp.objects.unfinished().filter(member=member, auto_attempt=None)
    return list(rows.exclude(expires_at__lte=timezone.now(), status__in=(TopUp.Status.CREATING, TopUp.Status.OPEN))[:3])


@dataclass(frozen=True)
class Figure:
    """A key figure in US dollars beside that of the previous period, if there is one. `good`: up or down is good."""

    label: str
    value: Decimal
    previous: Decimal | None
    note: str = ""
    good: str = ""


def key_figures(*, period: Period) -> list[Figure]:
    """What came in, what went back, what Stripe took in the period; and what members hold unspent now."""
    now, before = _sums(period), _sums(period.previous)
    unspent = Wallet.objects.aggregate(paid=Sum("paid", default=0), granted=Sum("granted", default=0))
    return [
        Figure("Top-ups", now[Kind.TOP_UP], before[Kind.TOP_UP], good="up"),
        Figure("Refunds and disputes", _back(now), _back(before), good="down"),
        Figure("Stripe’s fees", now[Kind.FEE], before[Kind.FEE]),
        Figure("Unspent paid credit", unspent["paid"], None, f"{format.money(unspent['granted'])} granted besides"),
    ]


def _back(sums: dict) -> Decimal:
    return sum(sums[kind] for kind in BACK)


def _sums(period: Period) -> dict:
    found = Counter()
    for kind, total in _in(period, FIGURES).order_by().values_list("kind").annotate(Sum("amount")):
        found[kind] += total
    for (total,) in _given_back(period).order_by().values("kind").annotate(total=Sum("amount")).values_list("total"):
        found[Kind.REFUND] -= total
    return {kind: Decimal(found[kind]) for kind in FIGURES}


def _in(period: Period, kinds) -> QuerySet[Transaction]:
    """By when it happened, as in System Accounting. (`notable` names the index.)"""
    spans = {"happened_at__gte": period.start, "happened_at__lt": period.end}
    return Transaction.objects.filter(kind__in=kinds, notable=True, **spans)


def _given_back(period: Period) -> QuerySet[Transaction]:
    """Refunds that failed after all, disputes that were won: the money stayed."""
    return _in(period, [Kind.REVERSAL]).filter(reverses__kind__in=BACK)


def topups_by_day(*, period: Period) -> list[tuple[date, Decimal, Decimal]]:
    """(day, topped up, refunded or disputed) in US dollars for every day of the period, in the business time zone."""
    day = TruncDate("happened_at", tzinfo=tunables.values.business_zone())
    found = Counter()
    rows = _in(period, (Kind.TOP_UP, *BACK)).order_by().values_list(day, "kind").annotate(Sum("amount"))
    for when, kind, total in rows:
        found[when, Kind.TOP_UP if kind == Kind.TOP_UP else Kind.REFUND] += total
    for when, total in _given_back(period).order_by().values_list(day).annotate(Sum("amount")):
        found[when, Kind.REFUND] -= total
    days = [period.first + timedelta(days=number) for number in range(period.days)]
    return [(each, Decimal(found[each, Kind.TOP_UP]), Decimal(found[each, Kind.REFUND])) for each in days]


def stripe_status() -> list[Finding]:
    """The state of the connection to Stripe, asked anew."""
    return probe.probe()


@dataclass(frozen=True)
class AdjustmentPreview:
    """What an adjustment would do to the member's spendable credit."""

    member: User
    before: Decimal
    after: Decimal
    needs_second: bool


def adjustment_preview(*, member: User, amount: Decimal, by: User) -> AdjustmentPreview:
    """`amount` in US dollars, negative to remove."""
    now = balances(member)
    before = now.paid + now.granted
    needs_second = CreditAdjustment.objects.needs_second(amount, by=by)
    return AdjustmentPreview(member, before, before + amount, needs_second)


def member_options(*, text: str, viewer: User | None = None, limit: int = 8) -> list[User]:
    """Users whose e-mail address or name begins with `text`, or whose id it is."""
    return list(users(q=text, viewer=viewer).order_by("folded", "pk")[:limit]) if text.strip() else []


def grant_adjust(*, limit: int = 5) -> list[CreditAdjustment]:
    """All that wait for a second person, then the latest others."""
    rows = CreditAdjustment.objects.select_related("member", "requested_by")
    waiting = list(rows.filter(status=CreditAdjustment.Status.PENDING)[:50])
    return waiting + list(rows.exclude(status=CreditAdjustment.Status.PENDING)[:limit])


def recent_topups(*, kind: str = "", q: str = "", by_email: bool = False) -> QuerySet[Transaction]:
    """Ledger transactions of payments, of credit given or taken by hand, and of what undoes one of these.

    `q` begins a name or an e-mail, or is a whole id.
    """
    rows = Transaction.objects.filter(kind__in=[kind] if kind else dict(TOPUP_KINDS))
    rows = rows.filter(~Q(kind=Kind.REVERSAL) | Q(reverses__kind__in=dict(TOPUP_KINDS)))
    if q:
        members = list(named(q, by_email=by_email).values_list("pk", flat=True)[:200])
        rows = rows.filter(Q(external_id__in=_external_ids(q)) | Q(member__in=members))
    return top_up_details.with_top_up(rows.select_related("member", "actor", "reverses"))


def _external_ids(text: str) -> list[str]:
    """The ledger's names that an id of Stripe's, or a whole external id, may stand for."""
    prefixes = (TopUp.EXTERNAL, TopUp.EXTERNAL_AUTOMATIC, "stripe:refund:", "stripe:dispute:", "adjustment:")
    return [text, *(f"{prefix}{text}" for prefix in prefixes)]


TOPUP_COLUMNS = (
    ("time", "Time", lambda row: row.happened_at),
    ("user", "User", lambda row: row.member.email if row.member else ""),
    ("type", "Type", kind_words),
    ("amount", "Amount", signed_amount),
    ("source", "Source", source_of),
    ("external_id", "External ID", lambda row: own_id(row.external_id)),
)


MOVEMENT_COLUMNS = (
    ("time", "Time", lambda row: row.happened_at),
    ("type", "What", kind_words),
    ("note", "Note", member_note),
    ("paid", "Paid", lambda row: row.paid_change),
    ("granted", "Granted", lambda row: row.granted_change),
    ("held", "Held", lambda row: row.held_change),
    ("owed", "Owed", lambda row: row.debt_change),
)


SINCE = {"7": "Last 7 days", "30": "Last 30 days", "90": "Last 90 days", "365": "Last 12 months"}


def failed_payments(
    *, outcome: str = "", since: str = "", q: str = "", by_email: bool = False
) -> QuerySet[FailedPayment]:
    """Attempts to pay that failed, each with its outcome; `since` is of SINCE, `q` begins a name or is a code."""
    rows = FailedPayment.objects.with_outcome().select_related("top_up__member")
    if outcome:
        rows = rows.filter(outcome=outcome)
    if since:
        rows = rows.filter(happened_at__gte=timezone.now() - timedelta(days=int(since)))
    if q:
        member = Q(top_up__member__in=named(q, by_email=by_email))
        rows = rows.filter(member | Q(code=q) | Q(decline_code=q) | Q(attempt_id=q))
    return rows


FAILED_COLUMNS = (
    ("time", "Time", lambda row: row.happened_at),
    ("user", "User", lambda row: row.top_up.member.email),
    ("amount", "Amount", lambda row: row.top_up.amount),
    ("card", "Card"),
    ("code", "Code"),
    ("decline_code", "Decline code"),
    ("advice", "Advice code"),
    ("advice_in_words", "Advice", lambda row: row.advice_in_words),
    ("message", "Message"),
    ("outcome", "Outcome", lambda row: FailedPayment.Outcome(row.outcome).label),
    ("attempt_id", "Attempt ID"),
)


def webhook_events(*, state: str = "", q: str = "") -> QuerySet[StripeEvent]:
    """Stored events without their payload, newest first."""
    rows = StripeEvent.objects.defer("payload")
    if state:
        rows = rows.filter(state=state)
    if q:
        rows = rows.filter(Q(event_id=q) | Q(object_id=q) | Q(type__startswith=q))
    return rows


def find_member(text: str, *, by_email: bool = False) -> tuple[User | None, str]:
    """The user of an e-mail address, an id or a Stripe customer, or None and a sentence."""
    if text.startswith("cus_"):
        customer = StripeCustomer.objects.select_related("member").filter(stripe_id=text).first()
        return (customer.member, "") if customer else (None, "No member has this Stripe customer.")
    if text.isascii() and text.isdigit() and len(text) < 19:
        user = User.objects.filter(pk=int(text)).first()
    else:
        user = User.objects.filter(email=text.lower()).first() if by_email else None
    return (user, "") if user else (None, f"No member has this {'e-mail address or ' if by_email else ''}id.")


@dataclass(frozen=True)
class MemberMoney:
    """All about one member's money, for Per-User Lookup."""

    member: User
    balances: Balances
    lots: list
    holds: list
    customers: list[StripeCustomer]
    payments: list[Entry]
    unpaid: list[TopUp]
    movements: list


def member_lookup(*, text: str, by_email: bool = False) -> tuple[MemberMoney | None, str]:
    """The money of the member whom `text` names, or None and a sentence; nothing was asked: None and no sentence."""
    member, problem = find_member(text, by_email=by_email) if text else (None, "")
    if member is None:
        return None, problem
    found = MemberMoney(
        member=member,
        balances=balances(member),
        lots=list(lots(member).order_by("-has_rest", *SPENDING_ORDER)[:20]),
        holds=list(holds(member))[:20],
        customers=list(member.stripe_customers.all()[:5]),
        payments=history.payments(member=member)[:10],
        unpaid=list(member.top_ups.filter(paid_at=None)[:10]),
        movements=list(movements(member).select_related("reverses")[:10]),
    )
    return found, ""
