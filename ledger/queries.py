"""What the ledger says. Amounts are in each account's natural sign: what a member has is positive, and so is a debt."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection
from django.db.models import Case, DecimalField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce, Now

from ledger.models import Account, Entry, Hold, Kind, Lot, Transaction, Wallet

ZERO = Decimal("0.000000")
MONEY = DecimalField(max_digits=20, decimal_places=6)
SPENDING = {Kind.CHARGE, Kind.HOLD, Kind.SETTLE, Kind.RELEASE}
# As ledger_take in ledger/sql/lots.sql takes them: "granted" comes before "paid"
SPENDING_ORDER = ("kind", F("expires_at").asc(nulls_last=True), "ordered_at", "id")
FOREVER = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
# Of transactions `t` with their entries `e` in accounts `a`: what members paid for credit, and what was charged of it
PAID_IN = "t.kind = 'top_up' AND a.type = 'asset' AND a.member_id IS NULL"
REVENUE = "a.type = 'income' AND a.name <> 'breakage'"
# Written out, as every list of members asks it: composing it takes longer than the answer
BALANCES = """
    SELECT w.member_id, w.paid, w.granted - rest.expired, w.held, w.debt,
           CASE WHEN w.frozen_at IS NOT NULL OR w.blocked_while_owing THEN 0
                ELSE w.granted - rest.expired - rest.frozen_granted
                     + CASE WHEN w.debt > 0 THEN 0 ELSE w.paid - rest.frozen_paid END
           END,
           w.frozen_reason, w.blocked_while_owing
    FROM ledger_wallet w
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(remaining) FILTER (WHERE kind = 'granted' AND expires_at <= now), 0) AS expired,
               coalesce(sum(remaining) FILTER (WHERE kind = 'paid' AND frozen_at IS NOT NULL), 0) AS frozen_paid,
               coalesce(sum(remaining) FILTER (WHERE kind = 'granted' AND frozen_at IS NOT NULL
                                               AND (expires_at IS NULL OR expires_at > now)), 0) AS frozen_granted
        FROM ledger_lot, (SELECT statement_timestamp() AS now) clock
        WHERE member_id = w.member_id AND has_rest
    ) rest
    WHERE w.member_id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Balances:
    """A member's credit. `granted` leaves expired lots out; `available` is what a charge could take."""

    paid: Decimal = ZERO
    granted: Decimal = ZERO
    held: Decimal = ZERO
    debt: Decimal = ZERO
    available: Decimal = ZERO
    frozen: str = ""  # why spending is frozen
    blocked: bool = False  # until what is owed is paid


@dataclass(frozen=True, slots=True)
class Month:
    """What members were charged in one month: paid credit is revenue, granted credit is promotional usage."""

    first: dt.date
    revenue: Decimal
    promotional: Decimal
    services: dict[str, Decimal] = field(default_factory=dict)  # revenue by account: "poem", "subscription_revenue"


def balances(member, at=None) -> Balances:
    """The balances now, or at a past instant: asked again, the answer for that instant never changes.

    A past `available` does not know which lots were frozen then, nor whether all spending was.
    """
    if at is None:
        return balances_of([_pk(member)])[_pk(member)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT paid, granted, held, debt FROM ledger_balances_at(%s, %s)", [_pk(member), at])
        paid, granted, held, debt = cursor.fetchone()
    return Balances(paid, granted, held, debt, granted + (ZERO if debt else paid))


def balances_of(member_ids) -> dict[int, Balances]:
    """The balances now of many members in one statement; a member whom the ledger does not know has zeros."""
    found = dict.fromkeys(member_ids, Balances())
    with connection.cursor() as cursor:
        cursor.execute(BALANCES, [list(found)])
        found.update((member, Balances(*rest)) for member, *rest in cursor.fetchall())
    return found


def available_of(member):
    """What `balances(…).available` says, as an expression: `User.objects.annotate(x=available_of(OuterRef("pk")))`."""
    paid = Case(When(debt__gt=0, then=ZERO), default=F("paid"), output_field=MONEY)
    stopped = Q(frozen_at__isnull=False) | Q(blocked_while_owing=True)
    available = Case(When(stopped, then=ZERO), default=F("granted") + paid - _locked_away(), output_field=MONEY)
    found = Wallet.objects.filter(member_id=member).annotate(available=available)
    return Coalesce(Subquery(found.values("available")), ZERO, output_field=MONEY)


def debt_of(member):
    """What is owed, as an expression."""
    return Coalesce(Subquery(Wallet.objects.filter(member_id=member).values("debt")), ZERO, output_field=MONEY)


def lots(member) -> QuerySet[Lot]:
    """A member's lots, the newest first, each with the transaction that made it."""
    return Lot.objects.filter(member=member).select_related("transaction").order_by("-id")


def holds(member=None) -> QuerySet[Hold]:
    """Holds, the newest first."""
    found = Hold.objects.select_related("transaction", "member").order_by("-id")
    return found if member is None else found.filter(member=member)


def movements(member=None, *, kinds=None) -> QuerySet[Transaction]:
    """Transactions with their signed effect on paid, granted, held and debt, in an order that pages by key.

    Without a member and with kinds other than charges and holds it reads a small index of the notable ones.
    """
    found = Transaction.objects.select_related("member", "actor").order_by("-posted_at", "-id")
    if member is not None:
        found = found.filter(member=member)
    if kinds is not None:
        found = found.filter(kind__in=kinds)
        if not SPENDING & set(kinds):
            found = found.filter(notable=True)
    return found.annotate(**{f"{role}_change": _effect(role) for role in ("paid", "granted", "held", "debt")})


def entries(transaction_id) -> QuerySet[Entry]:
    """The lines of one transaction, each with its account and lot."""
    return Entry.objects.filter(transaction_id=transaction_id).select_related("account", "lot").order_by("line")


def account_balance(name, at=None) -> Decimal:
    """The balance of one account in its natural sign, now or over all that was posted until `at`."""
    account = Account.objects.filter(name=name).first()
    if account is None:
        return ZERO
    until = FOREVER if at is None else at + dt.timedelta(microseconds=1)
    if account.member_id:
        lines = Entry.objects.filter(transaction__member=account.member_id, account=account, posted_at__lt=until)
        return (lines.aggregate(total=Sum("amount"))["total"] or ZERO) * account.sign
    return sum((total * account.sign for _, _, total in _sums([account.pk], [until])), ZERO)


def account_balances(at=None, *, prefix="") -> dict[str, Decimal]:
    """Every system account, or those whose name begins so, by name, in its natural sign."""
    named = Account.objects.filter(member=None, name__startswith=prefix).order_by("name")
    accounts = {account.pk: account for account in named}
    until = FOREVER if at is None else at + dt.timedelta(microseconds=1)
    sums = {pk: total for pk, _, total in _sums(list(accounts), [until])}
    return {account.name: sums[pk] * account.sign for pk, account in accounts.items()}


def revenue_by_month(first: dt.date, months: int, zone) -> list[Month]:
    """`months` months from that of `first`, in the business time zone; read from checkpoints where they exist."""
    firsts = [_month(first, step) for step in range(months + 1)]
    starts = [dt.datetime.combine(day, dt.time.min, zone) for day in firsts]
    accounts = dict(
        Account.objects.filter(Q(type="income") | Q(name__startswith="promo_usage/")).values_list("pk", "name")
    )
    sums = {(pk, until): -total for pk, until, total in _sums(list(accounts), starts)}
    found = []
    for day, start, end in zip(firsts, starts, starts[1:], strict=False):
        moved = {name: sums[pk, end] - sums[pk, start] for pk, name in accounts.items()}
        services = {
            name.removeprefix("revenue/"): amount
            for name, amount in moved.items()
            if amount and not name.startswith("promo_usage/")
        }
        promotional = sum((amount for name, amount in moved.items() if name.startswith("promo_usage/")), ZERO)
        found.append(Month(day, sum(services.values(), ZERO), promotional, services))
    return found


def _month(first, step):
    years, month = divmod(first.month - 1 + step, 12)
    return dt.date(first.year + years, month + 1, 1)


def _sums(accounts, untils):
    """(account id, instant, sum of the entries posted before it), debit positive."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id, until, total FROM ledger_sums(%s::bigint[], %s::timestamptz[])", [accounts, untils]
        )
        return cursor.fetchall()


def _locked_away():
    """What stands in a wallet and cannot be spent: expired, or frozen (of paid credit: while nothing is owed)."""
    granted = Q(kind="granted") & (Q(frozen_at__isnull=False) | Q(expires_at__lte=Now()))
    paid = Q(kind="paid", frozen_at__isnull=False, owed=ZERO)
    lots = Lot.objects.alias(owed=ExpressionWrapper(OuterRef("debt"), MONEY)).filter(
        granted | paid, member_id=OuterRef("member_id"), has_rest=True
    )
    return _total(lots.order_by().values("member_id"), F("remaining"))


def _effect(role):
    lines = Entry.objects.filter(transaction_id=OuterRef("pk"), account__role=role)
    return _total(lines.order_by().values("transaction_id"), F("amount") * F("account__sign"))


def _total(grouped, expression):
    return Coalesce(Subquery(grouped.values(total=Sum(expression, output_field=MONEY))), ZERO, output_field=MONEY)


def _pk(member):
    return getattr(member, "pk", member)
