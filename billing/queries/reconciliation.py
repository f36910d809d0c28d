"""What the panels of the reconciliation read."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Abs, TruncDate

import tunables.values
from billing import matching, repairs
from billing.models import BalanceTransaction, Difference, Payout, Reconciliation
from billing.wording import kind_words, words
from jobs.models import Job
from ui import format
from ui.periods import Period, today

ZERO = Decimal(0)
DIFFERENCE_STATES = (("", "Open"), ("settled", "Settled"), ("all", "All"))


@dataclass(frozen=True)
class Proof:
    """How the money at Stripe stands: the last finished run, one that runs or failed since, what is open."""

    last: Reconciliation | None
    running: Reconciliation | None
    failed: Reconciliation | None
    job: Job | None
    unexplained: Decimal
    open: int

    @property
    def verdict(self) -> str:
        return f"{self.open:,} difference{'' if self.open == 1 else 's'}"

    @property
    def stripe_says(self) -> str:
        """Whether Stripe's own figure agrees with the sum of its list."""
        held = self.last.stripe_balance
        if held is None:
            return "Stripe’s balance moved while it was read"
        same = held == self.last.stripe_total
        return "Stripe’s own balance says the same" if same else f"Stripe’s own balance: {format.money(held)}"

    @property
    def compared(self) -> str:
        off = self.last.stripe_total - self.last.ledger_total
        more_or_less = "less" if off > 0 else "more"
        return f"{format.money(abs(off))} {more_or_less} than Stripe’s list" if off else "To the cent the same"

    @property
    def waiting(self) -> str:
        if not self.last.waiting:
            return "No movement is too young to be matched"
        rows = "1 movement" if self.last.waiting == 1 else f"{self.last.waiting:,} movements"
        return f"{rows} too young to be missing"


def reconciliation() -> Proof:
    """The proof as it stands: figures are those of the last complete run, differences those that are open now."""
    newest = Reconciliation.objects.select_related("by").first()
    last = Reconciliation.objects.select_related("by").filter(state=Reconciliation.State.DONE).first()
    running = newest if newest and not newest.is_over else None
    return Proof(
        last=last,
        running=running,
        failed=newest if newest and newest.state == Reconciliation.State.FAILED else None,
        job=Job.objects.filter(pk=running.job_number).first() if running else None,
        unexplained=matching.unexplained(),
        open=Difference.objects.open().count(),
    )


@dataclass(frozen=True)
class Day:
    """What Stripe's balance did on one business day, and what did not fit. Amounts in US dollars."""

    day: date
    rows: int
    net: Decimal
    unexplained: Decimal
    open: int
    settled: int
    checked: bool

    @property
    def verdict(self) -> str:
        if self.open:
            return "Differs"
        if self.checked:
            return "Matches"
        return "Not over yet" if self.day >= today() else "Not checked yet"

    @property
    def tone(self) -> str:
        return {"Differs": "bad", "Matches": "good"}.get(self.verdict, "info")


def reconciliation_days(*, period: Period) -> list[Day]:
    """The days of the period on which anything happened, the newest first."""
    zone = tunables.values.business_zone()
    last = Reconciliation.objects.filter(state=Reconciliation.State.DONE).first()
    checked_until = last.started_at.astimezone(zone).date() if last else date.min
    in_usd = BalanceTransaction.objects.filter(currency="usd", created__gte=period.start, created__lt=period.end)
    moved = in_usd.order_by().values_list(TruncDate("created", tzinfo=zone)).annotate(Count("pk"), Sum("net"))
    moves = {day: (rows, net) for day, rows, net in moved}
    found = Difference.objects.filter(happened_at__gte=period.start, happened_at__lt=period.end).order_by()
    is_open = Q(settled_at=None)
    counted = found.values_list(TruncDate("happened_at", tzinfo=zone)).annotate(
        off=Sum(Abs("amount"), filter=is_open, default=ZERO),
        open=Count("pk", filter=is_open),
        settled=Count("pk", filter=~is_open),
    )
    counts = {day: rest for day, *rest in counted}
    return [
        Day(day, *moves.get(day, (0, ZERO)), *counts.get(day, (ZERO, 0, 0)), checked=day < checked_until)
        for day in sorted({*moves, *counts}, reverse=True)
    ]


def differences(*, state: str = "", kind: str = "", q: str = "", day: date | None = None) -> QuerySet[Difference]:
    """Differences with the rows that they are about; `q` is a whole id, Stripe's or ours."""
    rows = Difference.objects.select_related("balance_transaction", "transaction__reverses", "event", "repaired_by")
    if state != "all":
        rows = rows.filter(settled_at__isnull=state != "settled")
    if kind:
        rows = rows.filter(kind=kind)
    if day:
        zone = tunables.values.business_zone()
        rows = rows.annotate(day=TruncDate("happened_at", tzinfo=zone)).filter(day=day)
        around = (day - timedelta(days=2), day + timedelta(days=2))  # the same days by the index
        rows = rows.filter(happened_at__date__range=around)
    if q:
        ids = ("txn_id", "source", "charge", "payment_intent")
        about = Q(*((f"balance_transaction__{name}", q) for name in ids), _connector=Q.OR)
        rows = rows.filter(about | Q(subject=q) | Q(transaction__external_id=q) | Q(event__event_id=q))
    return rows


DIFFERENCE_COLUMNS = (
    ("happened_at", "Time"),
    ("kind", "Difference", lambda row: row.get_kind_display()),
    ("amount", "Stripe less ledger"),
    ("stripe", "Stripe", lambda row: words(row.balance_transaction.type) if row.balance_transaction else "nothing"),
    ("balance_transaction.txn_id", "Balance transaction"),
    ("balance_transaction.source", "Source"),
    ("ledger", "Ledger", lambda row: kind_words(row.transaction) if row.transaction else "nothing"),
    ("transaction.external_id", "External ID"),
    ("event.event_id", "Event"),
    ("found_at", "Found"),
    ("outcome", "State"),
    ("settled_at", "Settled"),
    ("error", "What a repair said"),
)


def repairable() -> int:
    """How many open differences have a repair that nobody has asked for yet."""
    waiting = Difference.objects.being_repaired()
    return Difference.objects.open().filter(kind__in=repairs.ACTS).exclude(pk__in=waiting).count()


def reconciliations(*, limit: int = 10) -> list[Reconciliation]:
    """The latest runs."""
    return list(Reconciliation.objects.select_related("by")[:limit])


def payouts(*, status: str = "") -> QuerySet[Payout]:
    """Payouts to the bank, the newest first."""
    return Payout.objects.filter(status=status) if status else Payout.objects.all()


PAYOUT_COLUMNS = (
    ("created_at", "Time"),
    ("amount", "Amount"),
    ("status", "Status", lambda row: row.get_status_display()),
    ("arrives_at", "Arrives"),
    ("failure", "What the bank said"),
    ("stripe_id", "Payout ID"),
)
