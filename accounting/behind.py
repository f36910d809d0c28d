"""What stands behind a figure: rows of days that add up to it, the entries of a day, the members' balances.

Every amount here has the sign that it has in the figure, so a list and the figure above it are one sum.
"""

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, reduce
from operator import or_

from django.db.models import Case, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from accounting.figures import COST, RULES, SUBSCRIPTION, UNSPENT, ZERO, Rule, parts_of
from accounting.models import DayService, DayTotal
from ledger.models import Account, Entry, Kind, Wallet
from pricing.models import BOOKED, ProviderCall
from ui import clock

MONEY = DecimalField(max_digits=24, decimal_places=6)
BY_SERVICE = {"units": "Units", "unreconciled": "Unreconciled cost"}  # what the rows of services hold alone
LABELS = {
    **{name: rule.label for name, rule in RULES.items()},
    "margin": "Margin",
    "net_margin": "Net margin",
    "unspent": UNSPENT.label,
    **BY_SERVICE,
}
# in the order in which all of them are listed
ORDER = (
    *("revenue", "cost", "margin", "unreconciled", "promotional", "fees", "refunds", "disputes", "lost"),
    *("net_margin", "breakage", "unspent"),
)
UNDONE = "reversal of "
SOLD = (Kind.CHARGE, Kind.SETTLE)


@dataclass(frozen=True)
class Figure:
    """One figure of whole days; `service`, `account` and `kind` ask for a part of it."""

    name: str
    first: dt.date
    last: dt.date
    service: str = ""
    account: str = ""
    kind: str = ""

    @property
    def label(self) -> str:
        """What people call it."""
        return LABELS[self.name]

    @property
    def is_count(self) -> bool:
        """Whether it counts units and is no money."""
        return self.name == "units"

    @property
    def is_by_service(self) -> bool:
        """Whether the rows of services hold it, and none of accounts."""
        return self.name in BY_SERVICE

    @property
    def is_in_journal(self) -> bool:
        """Whether the entries of its days, and no others, add up to it."""
        return self.name not in (*BY_SERVICE, "unspent")

    @cached_property
    def terms(self) -> list[tuple[int, Rule]]:
        """The rules that its rows follow, each with the sign that it counts with."""
        if self.name == "unspent":
            return [(1, UNSPENT)]
        return [(sign, RULES[name]) for name, sign in parts_of(self.name).items()]

    def of(self, day: dt.date) -> "Figure":
        """The same of one day."""
        return replace(self, first=day, last=day)

    def rows(self) -> QuerySet:
        """The rows of days that add up to it, each with `amount`. A balance is all that ever moved until the day."""
        if self.is_by_service:
            found = DayService.objects.exclude(**{self.name: 0})
            found = found.annotate(account=F("service"), kind=Value(""), amount=F(self.name))
            found = found.filter(service=self.service) if self.service else found
        else:
            cases = [When(of_days(rule), then=signed(sign, rule)) for sign, rule in self.terms]
            found = DayTotal.objects.filter(reduce(or_, (of_days(rule) for _, rule in self.terms)))
            found = found.annotate(amount=Case(*cases, output_field=MONEY)).filter(self._part())
        days = {"day__lte": self.last} if self.name == "unspent" else {"day__range": (self.first, self.last)}
        return found.filter(**days)

    def parts(self) -> list[dict]:
        """The same by account and kind."""
        if self.is_by_service:
            return list(self.rows().values("account", "kind").annotate(total=Sum("amount")).order_by("account"))
        found = self.rows().values("account", "kind").annotate(total=Sum("amount"), lines=Sum("entries"))
        return list(found.order_by("account", "kind"))

    def total(self) -> Decimal:
        """What its rows of days add up to."""
        return self.rows().aggregate(total=Sum("amount"))["total"] or (0 if self.is_count else ZERO)

    def entries(self) -> QuerySet[Entry]:
        """The ledger's entries of these days, each with `signed`."""
        found = Entry.objects.filter(
            transaction__happened_at__gte=clock.midnight(self.first),
            transaction__happened_at__lt=clock.midnight(self.last + dt.timedelta(days=1)),
        )
        if self.is_count:
            undone = Q(transaction__reverses__kind__in=SOLD)
            sold = Q(transaction__reverses=None, transaction__kind__in=SOLD)
            found = found.filter(sold | undone, line=1)  # every transaction has one
            if self.service:
                found = found.filter(transaction__service=self.service)
            found = found.annotate(signed=Case(When(undone, then=Value(-1)), default=Value(1)))
        else:
            parts = [(sign, rule, self._of_entries(rule)) for sign, rule in self.terms]
            cases = [
                When(condition, then=F("amount") if _adds_debits(sign, rule) else -F("amount"))
                for sign, rule, condition in parts
            ]
            found = found.filter(reduce(or_, (condition for _, _, condition in parts)))
            found = found.annotate(signed=Case(*cases, output_field=MONEY))
        return found.select_related("transaction__member", "transaction__reverses", "account")

    def calls(self) -> QuerySet[ProviderCall]:
        """The calls to providers behind cost that no invoice proves, each with `signed`."""
        found = ProviderCall.objects.filter(
            **ProviderCall.UNPROVEN,
            answered_at__gte=clock.midnight(self.first),
            answered_at__lt=clock.midnight(self.last + dt.timedelta(days=1)),
        )
        found = found.filter(service=self.service) if self.service else found
        return found.select_related("service").annotate(signed=BOOKED)

    def _part(self) -> Q:
        found = Q()
        if self.service:
            found &= Q(account="subscription_revenue") if self.service == SUBSCRIPTION else self._named_service()
        if self.account:
            found &= Q(account=self.account)
        return found & Q(kind=self.kind) if self.kind else found

    def _named_service(self) -> Q:
        return Q(account__endswith=f"/{self.service}")

    def _of_entries(self, rule: Rule) -> Q:
        """A condition on entries that the rows of days of this rule were added up from."""
        roles = {
            "members/paid": Q(account__role="paid"),
            "members/held/paid": Q(account__role="held", lot__kind="paid"),
        }
        found = Q(pk__in=[])
        for name in rule.accounts:
            if name in roles:
                found |= roles[name] if self.account in ("", name) else Q(pk__in=[])
        if not rule.accounts[0].startswith("members/"):
            named = Account.objects.filter(_named("name", rule))
            if self.account:
                named = named.filter(name=self.account)
            if self.service:
                is_it = {"name": "subscription_revenue"} if self.service == SUBSCRIPTION else {}
                named = named.filter(**(is_it or {"name__endswith": f"/{self.service}"}))
            found = Q(account__in=list(named.values_list("pk", flat=True)))
        kinds = [kind for kind in (rule.kinds or (self.kind,)) if kind and self.kind in ("", kind)]
        if rule.kinds or self.kind:
            found &= reduce(or_, map(_of_kind, kinds), Q(pk__in=[]))
        return found


def balances(day: dt.date) -> QuerySet[Wallet]:
    """What each member had unspent at the end of a day, by their entries until then."""
    ours = Q(account=OuterRef("paid_account")) | Q(account=OuterRef("held_account"), lot__kind="paid")
    until = clock.midnight(day + dt.timedelta(days=1))
    lines = Entry.objects.filter(ours, transaction__member=OuterRef("member_id"), transaction__happened_at__lt=until)
    unspent = lines.order_by().values("transaction__member").annotate(total=-Sum("amount")).values("total")
    return (
        Wallet.objects.annotate(unspent=Coalesce(Subquery(unspent), Value(ZERO), output_field=MONEY))
        .exclude(unspent=0)
        .select_related("member")
    )


def of_days(rule: Rule) -> Q:
    """The rows of days of a rule."""
    found = _named("account", rule)
    return found & Q(kind__in=rule.kinds) if rule.kinds else found


def _named(field: str, rule: Rule) -> Q:
    """The accounts of a rule: by name, or by how it begins."""
    return reduce(or_, (Q(**{f"{field}__startswith" if name.endswith("/") else field: name}) for name in rule.accounts))


def _of_kind(kind: str) -> Q:
    if kind.startswith(UNDONE):
        return Q(transaction__reverses__kind=kind.removeprefix(UNDONE))
    return Q(transaction__reverses=None, transaction__kind=kind)


def signed(sign: int, rule: Rule):
    """What such a row adds to the figure."""
    return F("debit") - F("credit") if _adds_debits(sign, rule) else F("credit") - F("debit")


def _adds_debits(sign: int, rule: Rule) -> bool:
    return (rule.side == COST) == (sign > 0)
