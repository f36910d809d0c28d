"""The books as files: figures by day, and the journal, each of a period."""

import datetime as dt
from functools import reduce
from operator import add

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Sum, Value, When, Window
from django.db.models.functions import Greatest, TruncMonth
from django.http import QueryDict

from accounting import asking, behind, figures
from accounting.figures import ZERO
from accounting.models import DayFigures, MonthClose, Restatement
from accounts.masking import sees_addresses
from accounts.permissions import Perm
from exports.columns import Column, Type, WithoutAddresses
from exports.kinds import Kind
from ledger.models import Entry
from ui import clock


def summary(viewer, query: QueryDict) -> QuerySet[DayFigures]:
    """One row a day, with every figure as it is now; and when its month was closed, and restated the last time."""
    period = asking.period_of(query)
    rest = Value(figures.unspent(period.first - dt.timedelta(days=1)))
    balance = Window(Sum("unspent"), order_by="day") + rest
    found = DayFigures.objects.filter(day__range=(period.first, period.last)).annotate(balance=balance)
    close = MonthClose.objects.filter(month=OuterRef("month"))
    late = Restatement.objects.filter(close__month=OuterRef("month")).order_by("-found_at").values("found_at")
    found = found.annotate(month=TruncMonth("day")).annotate(closed=Subquery(close.values("closed_at")))
    return found.annotate(restated=Subquery(late[:1])).order_by("day")


def journal(viewer, query: QueryDict) -> QuerySet[Entry]:
    """Every entry of the period, in the order in which things happened; of one figure, its entries."""
    figure = asking.figure_of(query) if query.get("figure") in behind.LABELS else None
    if figure and figure.is_in_journal:
        found = figure.entries()
    else:
        period = asking.period_of(query)
        start, end = period.start, period.end
        found = Entry.objects.filter(transaction__happened_at__gte=start, transaction__happened_at__lt=end)
    return found.order_by("transaction__happened_at", "transaction_id", "line")


def words(asked) -> list[list[str]]:
    """The period and the part of it, as people read them, for each pair of a viewer and a query."""
    return [_words(query) for _, query in asked]


def _words(query: QueryDict) -> list[str]:
    names = figures.titles()
    parts = [
        f"{label}: {names.get(query[name], query[name])}" for name, label in asking.PARTS.items() if query.get(name)
    ]
    figure = [behind.LABELS[query["figure"]]] if query.get("figure") in behind.LABELS else []
    return [asking.period_of(query).label, f"days of {clock.zone()}", *figure, *parts]


def _summary_columns(viewer) -> list[Column]:
    sums = {name: reduce(add, (F(part) * sign for part, sign in of.items())) for name, of in figures.COMPOSED.items()}
    sums["unspent"] = "balance"
    amounts = [Column(name, behind.LABELS[name], sums.get(name, name), Type.MONEY) for name in behind.ORDER]
    closed = [
        Column("closed", "Month closed", "closed", Type.TIME),
        Column("restated", "Restated last", "restated", Type.TIME),
    ]
    return [Column("day", "Day", "day", Type.DATE), *amounts, *closed]


def _journal_columns(viewer) -> list[Column]:
    who, note = "transaction__member", "transaction__note"
    contact = viewer and sees_addresses(viewer)
    address = [Column("email", "E-mail", f"{who}__email", shown=False)] if contact else []
    return [
        Column("happened", "Happened", "transaction__happened_at", Type.TIME),
        Column("posted", "Posted", "transaction__posted_at", Type.TIME),
        Column("transaction", "Transaction", "transaction_id", Type.NUMBER),
        Column("line", "Line", "line", Type.NUMBER),
        Column("kind", "Kind", "transaction__kind"),
        Column("account", "Account", "account__name"),
        Column("debit", "Debit", Greatest("amount", Value(ZERO)), Type.MONEY),
        Column("credit", "Credit", Greatest(-F("amount"), Value(ZERO)), Type.MONEY),
        Column("service", "Service", _service_in_words()),
        Column("member", "Member", f"{who}_id", Type.NUMBER),
        *address,
        Column("lot", "Lot", "lot_id", Type.NUMBER, shown=False),
        Column("reverses", "Corrects transaction", "transaction__reverses_id", Type.NUMBER, shown=False),
        Column("external", "External ID", "transaction__external_id"),
        Column("note", "Note", note if contact else WithoutAddresses(note)),
    ]


def _service_in_words() -> Case:
    found = (When(transaction__service=key, then=Value(title)) for key, title in figures.titles().items())
    return Case(*found, default="transaction__service")


def _chosen(columns):
    """From the start, what most want to know; an address only when it is asked for."""
    return lambda query: [column.key for column in columns(None) if column.shown]


SUMMARY = Kind(
    *("summary", "Accounting by day", Perm.ACCOUNTING_EXPORT, "accounting:index"),
    *(summary, _summary_columns, words, _chosen(_summary_columns)),
    personal=False,
)
JOURNAL = Kind(
    *("journal", "Journal", Perm.ACCOUNTING_EXPORT, "accounting:index"),
    *(journal, _journal_columns, words, _chosen(_journal_columns)),
)
