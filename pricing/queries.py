"""What the panels of this room read."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import Count, Max, Q, QuerySet, Sum

from accounting import figures
from ledger.queries import account_balances
from pricing import called
from pricing import invoices as matching
from pricing.called import Called
from pricing.models import MICRO, Price, ProviderCall, ProviderInvoice, Service, UnitCost
from ui import filters, periods

ZERO = Decimal(0)
LOOKED_AT = 30  # days of the preview


@dataclass(frozen=True)
class Line:
    """One service at one provider, as the book says now; `cost` is None where no provider is called."""

    service: Service
    price: Price | None
    cost: UnitCost | None
    coming: list
    first: bool

    @property
    def margin(self) -> Decimal | None:
        """What is left of the price of a unit that is paid for; None without a price."""
        return self.price.amount - (self.cost.amount if self.cost else ZERO) if self.price else None

    @property
    def ratio(self) -> Decimal | None:
        """Of the price; None without one."""
        return self.margin / self.price.amount if self.price else None


def price_book() -> list[Line]:
    """Every service at every provider, with what is coming."""
    prices, costs, coming = {}, defaultdict(dict), defaultdict(list)
    for price in Price.objects.valid().order_by("valid_from"):
        prices[price.service_id] = price
    for cost in UnitCost.objects.valid().order_by("valid_from"):
        costs[cost.service_id][cost.provider] = cost
    for model in (Price, UnitCost):
        for row in model.objects.coming().order_by("valid_from"):
            coming[row.service_id].append(row)
    lines = []
    for service in Service.objects.all():
        for number, cost in enumerate([*costs[service.pk].values()] or [None]):
            lines.append(Line(service, prices.get(service.pk), cost, [] if number else coming[service.pk], not number))
    return lines


@dataclass(frozen=True)
class Change:
    """One row of the book: a price, or a cost at a provider."""

    row: Price | UnitCost
    state: str  # "coming", "in force", "past" or "withdrawn"

    @property
    def provider(self) -> str:
        return getattr(self.row, "provider", "")


def history(*, service: Service) -> list[Change]:
    """Everything that the book ever said of a service, the latest first."""
    rows = [
        *Price.objects.filter(service=service).select_related("set_by"),
        *UnitCost.objects.filter(service=service).select_related("set_by"),
    ]
    coming = {(type(row), row.pk) for model in (Price, UnitCost) for row in model.objects.coming()}
    seen, found = set(), []
    for row in sorted(rows, key=lambda row: (row.valid_from, row.pk), reverse=True):
        state, whose = "past", (type(row), getattr(row, "provider", ""))
        if row.withdrawn_at:
            state = "withdrawn"
        elif (type(row), row.pk) in coming:
            state = "coming"
        elif whose not in seen:
            seen.add(whose)
            state = "in force"
        found.append(Change(row, state))
    return found


@dataclass(frozen=True)
class Made:
    """What a service charged in paid credit, which is revenue, and in granted credit, which is not; and its cost."""

    paid: Decimal
    granted: Decimal
    cost: Decimal

    @property
    def margin(self) -> Decimal:
        """What is left of paid credit after the providers."""
        return self.paid - self.cost

    @property
    def ratio(self) -> Decimal | None:
        """Of what was paid; None where nothing was."""
        return self.margin / self.paid if self.paid else None

    def at(self, charged: Decimal) -> "Made":
        """The same if so much had been charged, paid for in the same shares."""
        together = self.paid + self.granted
        paid = (charged * self.paid / together).quantize(MICRO) if together else charged
        return replace(self, paid=paid, granted=charged - paid)


@dataclass(frozen=True)
class Preview:
    """The last 30 days as they were, and as they would have been."""

    sold: int
    called: Decimal
    was: Made
    would: Made

    @property
    def change(self) -> Decimal:
        """How much more margin (or less) it would have made."""
        return self.would.margin - self.was.margin


def preview(*, service: Service, amount: Decimal, provider: str = "") -> Preview:
    """The same units at another price, or at another cost of the calls to `provider`; people chose the same."""
    last = periods.today()
    first = last - dt.timedelta(days=LOOKED_AT - 1)
    sums = next((one for one in figures.by_service(first, last) if one.service == service.pk), None)
    sold = sums.units if sums else 0
    was = Made(sums.charged_paid, sums.charged_granted, sums.cost) if sums else Made(ZERO, ZERO, ZERO)
    if not provider:
        return Preview(sold, ZERO, was, was.at(amount * sold))
    found = called.sums("provider", days=[(first, last)], service=service, provider=provider)
    calls = found.get(provider, Called())
    return Preview(sold, calls.units, was, replace(was, cost=was.cost - calls.cost + amount * calls.units))


def providers() -> list[str]:
    """Who is named in the price book or on an invoice."""
    return sorted({*UnitCost.objects.values_list("provider", flat=True), *_invoicing()})


def _invoicing():
    return ProviderInvoice.objects.values_list("provider", flat=True).distinct()


def provider_calls(
    *, q="", provider="", service="", state="", proven="", invoice: ProviderInvoice | None = None
) -> QuerySet[ProviderCall]:
    """Calls; `q` is the provider's id of one, our own key, or `#` and its number. `proven` is "yes", "no" or either.

    Of an `invoice` those that it proves; before its match, those that it would prove.
    """
    rows = ProviderCall.objects.all()
    if invoice:
        rows = invoice.calls.all() if invoice.matched_at else matching.to_match(invoice)
    rows = rows.select_related("service", "invoice")
    rows = rows.filter(**{name: value for name, value in (("provider", provider), ("state", state)) if value})
    rows = rows.filter(service=service) if service else rows
    if proven:
        rows = rows.filter(**ProviderCall.UNPROVEN) if proven == "no" else rows.filter(invoice__isnull=False)
    if q:
        number = filters.number(q.removeprefix("#"))
        own = Q() if number is None else Q(pk=number)
        # the index on what providers call it begins with the provider
        rows = rows.filter(own | Q(key=q) | Q(external_id=q, provider__in=[provider] if provider else providers()))
    return rows


@dataclass(frozen=True)
class Owed:
    """One provider: what the ledger says that it is owed, and what of it no invoice asks for yet."""

    provider: str
    balance: Decimal
    unproven: Decimal
    calls: int
    invoiced: Decimal
    unpaid: int
    last: dt.date | None

    @property
    def rest(self) -> Decimal:
        """Owed, but neither by calls without an invoice nor by unpaid invoices: paid ahead, or without an invoice."""
        return self.balance - self.unproven - self.invoiced


def balances_owed() -> list[Owed]:
    """Every provider that is or was owed anything."""
    prefix = "payable/"
    owed = {name.removeprefix(prefix): amount for name, amount in account_balances(prefix=prefix).items()}
    unproven = called.sums("provider", invoice=None)
    open_ones = Q(paid_at=None, matched_at__isnull=False)
    bills = ProviderInvoice.objects.order_by().values("provider")
    bills = bills.annotate(total=Sum("total", filter=open_ones), n=Count("pk", filter=open_ones), last=Max("last_day"))
    invoiced = {row["provider"]: row for row in bills}
    found = []
    for name in sorted({*owed, *unproven, *invoiced}):
        calls, bill = unproven.get(name, Called()), invoiced.get(name, {})
        facts = {"unproven": calls.cost, "calls": calls.calls, "last": bill.get("last")}
        bill = {"invoiced": bill.get("total") or ZERO, "unpaid": bill.get("n", 0)}
        found.append(Owed(name, owed.get(name, ZERO), **facts, **bill))
    return found


def next_day(provider: str) -> dt.date | None:
    """The day after those of a provider's latest invoice, from which the next one is; None without one."""
    last = ProviderInvoice.objects.filter(provider=provider).aggregate(last=Max("last_day"))["last"]
    return last and last + dt.timedelta(days=1)


def invoices(*, provider="", state="") -> QuerySet[ProviderInvoice]:
    """Providers' invoices; `state` is "unmatched" or "unpaid"."""
    rows = ProviderInvoice.objects.filter(provider=provider) if provider else ProviderInvoice.objects.all()
    wanted = {"unmatched": Q(matched_at=None), "unpaid": Q(paid_at=None)}
    return rows.filter(wanted[state]) if state else rows


@dataclass(frozen=True)
class Compared:
    """One service on an invoice's page. `invoiced` is None where only the total says it."""

    service: Service
    calls: int
    units: Decimal
    booked: Decimal
    invoiced_units: Decimal | None
    invoiced: Decimal | None
    difference: Decimal | None


def compared(invoice: ProviderInvoice) -> list[Compared]:
    """Service by service what is booked of its calls (matched, or that would be) beside what it says."""
    if invoice.matched_at:
        booked = called.sums("service_id", invoice=invoice)
    else:
        days = matching.its_days(invoice)
        which = {"provider": invoice.provider, "invoice": None, **matching.its_services(invoice)}
        booked = called.sums("service_id", days=days, **which)
    lines = {line.service_id: line for line in invoice.lines.all()}
    try:
        more = matching.differences(invoice, {one: calls.cost for one, calls in booked.items()})
    except matching.Refused:
        more = None  # nothing to spread the total over
    found = []
    for service in Service.objects.filter(pk__in=booked.keys() | lines.keys()):
        calls, line = booked.get(service.pk, Called()), lines.get(service.pk)
        difference = None if more is None else more.get(service.pk, ZERO)
        found.append(
            Compared(
                service,
                calls.calls,
                calls.units,
                calls.cost,
                line and line.units,
                line.amount if line else None if difference is None else calls.cost + difference,
                difference,
            )
        )
    return found
