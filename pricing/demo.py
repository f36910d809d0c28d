"""What providers did in the demo's history, and what the price book said when it begins before the shipped one.

Not all of their invoices say what was booked: `OFF` is how much of it they say, in turn.
"""

import datetime as dt
from decimal import Decimal

from django.db.models import Sum

from pricing import invoices
from pricing.models import BOOKED, MICRO, Price, ProviderCall, ProviderInvoice, UnitCost
from ui import clock
from ui.format import CENT

EARLIER = {"lite_render": Decimal("0.08"), "studio_render": Decimal("0.20")}  # before the shipped prices
OFF = (Decimal(1), Decimal("1.024"), Decimal(1), Decimal("0.985"))
MORE = Decimal("0.06")  # of what a provider billed for a month, it bills later


def begin_at(moment: dt.datetime) -> None:
    """The price book reaches back to then; renders were cheaper. Nothing where it does already. Repeating adds none."""
    for model, names in ((Price, ("service_id",)), (UnitCost, ("service_id", "provider"))):
        known = set(model.objects.valid(moment).values_list(*names))
        for row in model.objects.standing().order_by("-valid_from"):
            key = tuple(getattr(row, name) for name in names)
            if key not in known:
                amount = EARLIER.get(row.service_id, row.amount) if model is Price else row.amount
                facts = dict(zip(names, key, strict=True))
                model.objects.get_or_create(**facts, valid_from=moment, defaults={"amount": amount})


class Book:
    """The price book as it was at any moment, read once."""

    def __init__(self):
        self.prices = list(Price.objects.standing().order_by("-valid_from"))
        self.costs = list(UnitCost.objects.standing().order_by("-valid_from"))

    def price(self, service: str, at: dt.datetime) -> Decimal:
        """What members paid for one unit."""
        return next(row.amount for row in self.prices if row.service_id == service and row.valid_from <= at)

    def cost(self, service: str, at: dt.datetime) -> tuple[str, Decimal]:
        """At which provider, and how much."""
        row = next(row for row in self.costs if row.service_id == service and row.valid_from <= at)
        return row.provider, row.amount


def called(book: Book, service: str, key: str, at: dt.datetime, *, times: Decimal, cut_id: int | None = None) -> None:
    """A call that was answered a while after `at` and cost `times` what was expected."""
    provider, expected = book.cost(service, at)
    call = ProviderCall.objects.create(
        service_id=service,
        provider=provider,
        key=key,
        external_id=f"demo-{key}",
        cut_id=cut_id,
        expected=expected,
        reported=(expected * times).quantize(MICRO),
        state=ProviderCall.State.ANSWERED,
        asked_at=at,
        answered_at=at + dt.timedelta(seconds=8),
    )
    call.post("cost", call.cost, f"provider_call:{call.pk}", call.answered_at)


def pay_providers(until: dt.datetime, at: dt.datetime) -> None:
    """Each sends an invoice for its calls of the month before `until`; it is matched, and paid then."""
    last = (until - dt.timedelta(microseconds=1)).astimezone(clock.zone()).date()
    days = {"first_day": last.replace(day=1), "last_day": last}
    answered = ProviderCall.objects.filter(state=ProviderCall.State.ANSWERED, external_id__startswith="demo-")
    month = {"answered_at__lt": until, "answered_at__gte": clock.midnight(days["first_day"])}
    for row in answered.filter(**month).values("provider").annotate(owed=Sum(BOOKED)):
        names = {"provider": row["provider"], "number": f"{row['provider'][:3].upper()}-{last:%Y-%m}"}
        invoice = ProviderInvoice.objects.filter(**names).first()
        if invoice is None and row["owed"]:
            total = _billed(row["owed"], OFF[(last.month + len(row["provider"])) % len(OFF)])
            invoice = invoices.record(by=None, **names, **days, total=total, recorded_at=at)
        if invoice:
            invoices.match(invoice, by=None)
            invoices.pay(invoice, by=None, day=at.astimezone(clock.zone()).date())


def bill_more(month: dt.date) -> None:
    """Whoever paints pictures finds that it counted too few in that month; repeating bills nothing again."""
    first = ProviderInvoice.objects.filter(provider="image_model", first_day=month).order_by("pk").first()
    if first is None:
        return
    facts = {"provider": first.provider, "number": f"{first.number}-B"}
    invoice = ProviderInvoice.objects.filter(**facts).first()
    if invoice is None:
        total = _billed(first.total, MORE)
        facts |= {"first_day": first.first_day, "last_day": first.last_day, "total": total}
        invoice = invoices.record(by=None, lines=[("image", None, total)], note="Counted too few at first", **facts)
    invoices.match(invoice, by=None)


def _billed(amount: Decimal, times: Decimal) -> Decimal:
    """So many times an amount, in whole cents unless it is the amount itself."""
    return amount if times == 1 else max(CENT, (amount * times).quantize(CENT))
