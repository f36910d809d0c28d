"""All that members paid and all that went back, whatever it was for: rows of several tables as one list."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import RawSQL

from accounts.models import User
from accounts.queries import of_named
from billing.models import Dispute, Refund, TopUp
from memberships import shares
from memberships.entries import Entry
from memberships.models import Invoice, MoneyBack
from memberships.models.price import MONEY
from ui import clock

ORDER = ("-at", "-source", "-row")
NOTHING = Q(pk__in=())
MONEY_FIELD = DecimalField(**MONEY)
IDS = {
    TopUp: ("payment_intent_id", "session_id", "charge_id"),
    Invoice: ("number", "stripe_id", "payment_intent_id"),
}  # by which a payment is found
FIELDS = tuple(Entry.__dataclass_fields__)


class History:
    """As much of a QuerySet as a list and its file ask for; each table gives no more rows than are shown."""

    def __init__(self, parts: list[QuerySet], order: tuple[str, ...] = ORDER):
        self.parts, self.order = parts, order

    def filter(self, *conditions, **values) -> "History":
        return History([part.filter(*conditions, **values) for part in self.parts], self.order)

    def order_by(self, *order: str) -> "History":
        return History(self.parts, order)

    def __getitem__(self, wanted: slice) -> list[Entry]:
        return [Entry(**row) for row in self._rows(wanted.stop)]

    def __iter__(self) -> Iterator[Entry]:
        return (Entry(**row) for row in self._rows().iterator(chunk_size=2000))

    def _rows(self, most: int | None = None) -> QuerySet:
        first, *others = (part.order_by(*self.order)[:most] for part in self.parts)
        return first.union(*others, all=True).order_by(*self.order)[:most] if others else first


def payments(
    *,
    kind: str = "",
    state: str = "",
    first: date | None = None,
    last: date | None = None,
    member: User | None = None,
    q: str = "",
    by_email: bool = False,
) -> History:
    """Every payment and what went back, the newest first; `first` and `last` are days of the business zone.

    `q` begins a name; where nobody has it, it is an id or a number of what is shown or of the payment behind it.
    """
    wanted = Q()
    if first:
        wanted &= Q(at__gte=clock.midnight(first))
    if last:
        wanted &= Q(at__lt=clock.midnight(last + timedelta(days=1)))
    if member:
        wanted &= Q(who=member.pk)
    tables = [(source, table) for source, table in enumerate(_tables(), 1) if kind in ("", table.what)]
    found = _search(q, by_email=by_email) if q else lambda table: Q()
    return History(
        [table.rows(source).filter(wanted & found(table) & table.in_state(state)) for source, table in tables]
    )


def _search(q: str, *, by_email: bool) -> Callable[["Table"], Q]:
    """What finds the rows of a table: each of its columns has an index."""
    if people := of_named("who", q, by_email=by_email):
        return lambda table: people
    paid = {
        model: list(model.objects.filter(reduce(or_, (Q(**{name: q}) for name in names))).values_list("pk", flat=True))
        for model, names in IDS.items()
    }

    def found(table: "Table") -> Q:
        payments = paid[Invoice if table.is_premium else TopUp]
        return Q(**{f"{table.way}in": payments}) | Q(stripe_id=q) if table.way else Q(pk__in=payments)

    return found


@dataclass(frozen=True)
class Table:
    """How the rows of one table are told: `way` leads to the payment, `states` are apart from each other."""

    all: QuerySet
    what: str
    is_premium: bool
    way: str
    states: dict[str, Q]
    facts: dict

    def in_state(self, state: str) -> Q:
        """Its rows of one state."""
        return self.states.get(state, NOTHING) if state else Q()

    def rows(self, source: int) -> QuerySet:
        """Its rows in the columns of an `Entry`."""
        facts = {
            "source": Value(source),
            "row": F("pk"),
            "what": Value(self.what),
            "standing": _standing(self.states),
            "is_premium": Value(self.is_premium),
            "is_automatic": Value(False),
            "payment_id": F(f"{self.way}pk"),
            "who": F(f"{self.way}member_id"),
            "email": F(f"{self.way}member__email"),
            **{name: F(f"{self.way}member__{name}") for name in ("is_active", "deleted_at", "purged_at")},
            "from_card": F(f"{self.way}card"),
            "paper": F(f"{self.way}{'url' if self.is_premium else 'receipt_url'}"),
            **self.facts,
        }
        return self.all.values(**{name: facts[name] for name in FIELDS})


def _tables() -> list[Table]:
    return [*_payments(), *_refunds(), *_disputes()]


def _payments() -> list[Table]:
    paid = {"at": F("paid_at"), "gross": F("cash"), "asked": F("cash")}
    alone = ExpressionWrapper(Q(session_id=None), BooleanField())  # as TopUp.is_automatic, of what is paid
    of_top_up = {"part_tax": F("cash") - F("amount"), "reference": F("payment_intent_id"), "is_automatic": alone}
    of_invoice = {"part_tax": F("tax"), "reference": F("stripe_id")}
    top_ups = TopUp.objects.filter(paid_at__isnull=False)
    invoices = Invoice.objects.filter(paid_at__isnull=False, cash__gt=0)
    return [
        Table(top_ups, "top_up", False, "", {"settled": Q()}, paid | of_top_up),
        Table(invoices, "premium", True, "", {"settled": Q()}, paid | of_invoice),
    ]


def _refunds() -> list[Table]:
    status = Refund.Status
    states = {
        "settled": Q(status=status.SUCCEEDED),
        "open": Q(status__in=(status.PENDING, status.REQUIRES_ACTION)),
        "undone": Q(status__in=Refund.FINAL),
    }
    of_invoice = {state: Q(is_given_back=False) & told for state, told in states.items()}
    of_invoice["undone"] = Q(is_given_back=True) | states["undone"]
    return [
        _back(Refund.objects.all(), "refund", "top_up__", states, shares.of_refund),
        _back(MoneyBack.objects.filter(kind="refund"), "refund", "invoice__", of_invoice, shares.of_money_back),
    ]


def _disputes() -> list[Table]:
    """Inquiries take nothing, so they are not among them."""
    status = Dispute.Status
    states = {
        "settled": Q(status__in=(status.LOST, status.PREVENTED)),
        "open": Q(status__in=Dispute.CONTESTED),
        "undone": Q(status=status.WON),
    }
    bank = Q(Exists(Dispute.objects.open().filter(stripe_id=OuterRef("stripe_id"))))
    gone, won = Q(is_given_back=False), Q(is_given_back=True)
    of_invoice = {"settled": gone & ~bank, "open": gone & bank, "undone": won}
    top_ups = Dispute.objects.filter(reduce(or_, states.values()), top_up__isnull=False)
    return [
        _back(top_ups, "dispute", "top_up__", states, shares.of_dispute),
        _back(MoneyBack.objects.filter(kind="dispute"), "dispute", "invoice__", of_invoice, shares.of_money_back),
    ]


def _back(rows: QuerySet, what: str, way: str, states: dict[str, Q], tax: Callable[[str, str], str]) -> Table:
    """What went back of a payment, by when Stripe says that it did."""
    share = tax(rows.model._meta.db_table, "billing_topup" if way == "top_up__" else "memberships_invoice")
    facts = {
        "at": F("created_at"),
        "gross": _unless_undone(states, -F("amount")),
        "asked": F("amount"),
        "part_tax": _unless_undone(states, RawSQL(f"-({share})", (), output_field=MONEY_FIELD)),  # noqa: S611 - all of it is ours
        "reference": F("stripe_id"),
    }
    return Table(rows, what, way == "invoice__", way, states, facts)


def _unless_undone(states: dict[str, Q], amount) -> Case:
    """What is gone: nothing of what failed or was won."""
    return Case(When(states["undone"], then=Value(Decimal(0))), default=amount, output_field=MONEY_FIELD)


def _standing(states: dict[str, Q]) -> Case | Value:
    """In which of the states a row is, for a column."""
    if len(states) == 1:
        return Value(*states)
    return Case(*(When(told, then=Value(state)) for state, told in states.items()), output_field=CharField())
