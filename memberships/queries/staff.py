"""Subscriptions, invoices and failed attempts, as staff look through them."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from accounts.models import Plan, PlanOverride, User
from accounts.plans import override_of
from accounts.queries import of_named
from memberships import history, movements
from memberships.entries import Entry
from memberships.models import FailedAttempt, Invoice, Movement, Subscription
from memberships.models.subscription import ENDING, RENEWING, RUNNING_OUT

Status = Subscription.Status
STATES = {
    "active": ("Active", Q(status=Status.ACTIVE, cancel_at=None)),
    "past_due": ("Past due", Q(status__in=Subscription.OWING)),
    "ending": ("Ending", ENDING),
    "card": ("Card runs out", RUNNING_OUT),
    "ended": ("Ended", ~Q(status__in=Subscription.LIVE)),
}
SUBSCRIPTION_STATES = [("", "All"), *((key, label) for key, (label, _) in STATES.items())]


@dataclass(frozen=True)
class Standing:
    """How Premium stands now. `committed` leaves out what is about to end; who is comped has no subscription."""

    members: int
    mrr: Decimal
    committed: Decimal
    renewing: int
    past_due: int
    at_risk: Decimal
    running_out: int
    comped: int
    failed: int
    recovered: int

    @property
    def arpu(self) -> Decimal | None:
        return self.mrr / self.members if self.members else None

    @property
    def renewal_rate(self) -> Decimal | None:
        return Decimal(self.renewing) / self.members if self.members else None

    @property
    def comped_note(self) -> str:
        return f"{self.comped:,} comped besides"

    @property
    def past_due_note(self) -> str:
        return f"{self.past_due:,} renewal{'' if self.past_due == 1 else 's'} not paid yet"

    @property
    def recovery_note(self) -> str:
        return f"{self.recovered:,} of {self.failed:,} failed invoices"

    @property
    def recovery_rate(self) -> Decimal | None:
        """Of the invoices that were not paid at once."""
        return Decimal(self.recovered) / self.failed if self.failed else None


def standing() -> Standing:
    """The figures above the lists."""
    counted = Subscription.objects.filter(mrr__gt=0)
    found = counted.aggregate(
        members=Count("member", distinct=True),
        total=Sum("mrr", default=0),
        committed=Sum("mrr", filter=Q(cancel_at=None), default=0),
        renewing=Count("member", filter=RENEWING, distinct=True),
        past_due=Count("member", filter=Q(status=Status.PAST_DUE)),
        at_risk=Sum("mrr", filter=Q(status=Status.PAST_DUE), default=0),
    )
    running_out = counted.filter(RUNNING_OUT).count()
    live = Subscription.objects.live().filter(member=OuterRef("user"))
    comped = PlanOverride.objects.in_force().filter(~Exists(live), plan=Plan.COMPED).count()
    recovered = Q(outcome__in=FailedAttempt.RECOVERED)
    attempts = FailedAttempt.objects.aggregate(
        failed=Count("invoice", distinct=True), recovered=Count("invoice", filter=recovered, distinct=True)
    )
    return Standing(mrr=found.pop("total"), running_out=running_out, comped=comped, **found, **attempts)


def ahead() -> Decimal | None:
    """MRR of months to come, where a test clock at Stripe runs ahead of ours: figures of now have it, as Stripe does.

    The financial reports count it once its month has come. None where nothing is ahead.
    """
    later = Movement.objects.filter(month__gt=movements.month_of(timezone.now()))
    return later.aggregate(total=Sum("amount"))["total"]


@dataclass(frozen=True)
class MemberPremium:
    """One person's plan: what staff gave apart from what is paid at Stripe, and the newest of what was paid."""

    given: PlanOverride | None
    subscriptions: list[Subscription]
    invoices: list[Invoice]
    payments: list[Entry]

    @property
    def pays(self) -> bool:
        """Whether Stripe will charge again."""
        return any(row.renews for row in self.subscriptions)


def member_premium(person: User) -> MemberPremium:
    """For a user page."""
    return MemberPremium(
        given=override_of(person),
        subscriptions=list(subscriptions().filter(member=person).order_by("-started_at", "-pk")[:10]),
        invoices=list(invoices().filter(member=person).order_by("-created_at", "-pk")[:6]),
        payments=history.payments(member=person)[:6],
    )


def subscriptions(*, state: str = "", q: str = "", by_email: bool = False) -> QuerySet[Subscription]:
    """Every subscription; `state` is of SUBSCRIPTION_STATES, `q` begins a name or, where nobody has it, is an id."""
    rows = Subscription.objects.select_related("member", "price")
    if state:
        rows = rows.filter(STATES[state][1])
    if q:
        rows = rows.filter(of_named("member", q, by_email=by_email) or Q(stripe_id=q) | Q(customer_id=q))
    return rows


def invoices(*, status: str = "", q: str = "", by_email: bool = False) -> QuerySet[Invoice]:
    """Every invoice but drafts; `q` begins a name or, where nobody has it, is a number or an id."""
    rows = Invoice.objects.exclude(status=Invoice.Status.DRAFT).select_related("member").prefetch_related("money_back")
    if status:
        rows = rows.filter(status=status)
    if q:
        ids = Q(number=q) | Q(stripe_id=q) | Q(payment_intent_id=q)
        rows = rows.filter(of_named("member", q, by_email=by_email) or ids)
    return rows


def failed_attempts(*, outcome: str = "", q: str = "", by_email: bool = False) -> QuerySet[FailedAttempt]:
    """Attempts to take the money of an invoice that failed; `q` begins a name or, where nobody has it, is a code."""
    rows = FailedAttempt.objects.filter(member__isnull=False).select_related("member", "invoice")
    if outcome:
        rows = rows.filter(outcome=outcome)
    if q:
        codes = Q(code=q) | Q(decline_code=q) | Q(attempt_id=q)
        rows = rows.filter(of_named("member", q, by_email=by_email) or codes)
    return rows


ACCOUNT = ("account", "Account", lambda row: row.member.status)
SUBSCRIPTION_COLUMNS = (
    ("user", "User", lambda row: row.member.email),
    ACCOUNT,
    ("plan", "Plan", lambda row: f"Premium, {row.get_interval_display().lower()}"),
    ("status", "Status", lambda row: row.standing),
    ("amount", "Price"),
    ("mrr", "MRR"),
    ("since", "Since", lambda row: row.started_at),
    ("period_end", "Paid until"),
    ("renews", "Renews", lambda row: "yes" if row.renews else "no"),
    ("ends", "Ends", lambda row: row.ended_at or row.cancel_at),
    ("card", "Card"),
    ("card_expires", "Card good until"),
    ("stripe_id", "Stripe ID"),
)
INVOICE_COLUMNS = (
    ("time", "Time", lambda row: row.created_at),
    ("user", "User", lambda row: row.member.email),
    ACCOUNT,
    ("number", "Number"),
    ("status", "Status", lambda row: row.get_status_display()),
    ("total", "Amount"),
    ("cash", "Received"),
    ("tax", "Tax"),
    ("fee", "Fee"),
    ("recognised", "Earned"),
    ("deferred", "Not yet earned", lambda row: row.deferred),
    ("refunded", "Taken back", lambda row: sum(back.amount for back in row.money_back.all() if back.holds)),
    ("covers_from", "Covers from"),
    ("covers_until", "Covers until"),
    ("stripe_id", "Stripe ID"),
)
FAILED_COLUMNS = (
    ("time", "Time", lambda row: row.happened_at),
    ("user", "User", lambda row: row.member.email),
    ACCOUNT,
    ("amount", "Amount"),
    ("card", "Card"),
    ("code", "Code"),
    ("decline_code", "Decline code"),
    ("message", "Message"),
    ("next_try", "Next try", lambda row: row.next_try),
    ("outcome", "Outcome", lambda row: row.get_outcome_display()),
    ("attempt_id", "Attempt ID"),
)
