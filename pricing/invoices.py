"""A provider's invoice: recorded, matched to the calls of its period, paid. What is booked is booked once.

To match makes the cost actual: what the invoice says more or less than the calls were booked at is an entry of its
last day, per service. To undo a match or a payment is the exact mirror on the same day, so that a month that is
matched anew reads as if the mistake had not been. One provider's invoices are matched one after the other.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal
from functools import reduce
from operator import or_

from django.db import IntegrityError, transaction
from django.db.models import Max, Min, Q, QuerySet, Sum
from django.utils import timezone

from audit.models import record as record_act
from files import papers, storing
from files.links import safe_name
from ledger import posting
from ledger.models import Transaction
from pricing.models import BOOKED, MICRO, InvoiceFile, InvoiceLine, ProviderCall, ProviderInvoice, Service
from ui import clock
from ui.format import exact

ZERO = Decimal(0)
Span = tuple[dt.date, dt.date]  # the first and the last day, both included


class Refused(Exception):
    """Nothing was done; the text is a sentence that says why, `field` what of an invoice it is about."""

    def __init__(self, sentence: str, field: str = "number"):
        super().__init__(sentence)
        self.field = field


def record(*, by, lines=(), **facts) -> ProviderInvoice:
    """Write an invoice down; nothing is booked yet. `lines` are (service, units or None, amount).

    Raises Refused, also where there are lines that do not add up to the total.
    """
    together = sum((amount for *_, amount in lines), ZERO)
    if lines and together != facts["total"]:
        raise Refused(f"The amounts per service add up to {exact(together)}.", "total")
    try:
        with transaction.atomic():
            invoice = ProviderInvoice.objects.create(recorded_by=by, **facts)
            InvoiceLine.objects.bulk_create(
                InvoiceLine(invoice=invoice, service_id=service, units=units, amount=amount)
                for service, units, amount in lines
            )
            said = {"total": str(invoice.total), "days": f"{invoice.first_day} – {invoice.last_day}"}
            record_act(by, "pricing.invoice_recorded", _target(invoice), after=said)
    except IntegrityError as error:
        if "pricing_invoice_once" not in str(error):
            raise
        raise Refused(f"{facts['provider']}’s invoice {facts['number']} is recorded already.") from None
    return invoice


def match(invoice: ProviderInvoice, *, by, shown: Decimal | None = None) -> None:
    """Its calls are proven by it, and what they were booked at becomes what it says. Matched already: nothing.

    `shown` is what somebody saw that its calls were booked at: if that has changed, it is refused.
    """
    with transaction.atomic():
        invoice = _locked(invoice)
        if invoice.matched_at:
            return
        now = timezone.now()
        to_match(invoice).update(invoice=invoice, matched_at=now)
        booked = booked_by_service(invoice.calls.all())
        together = sum(booked.values(), ZERO)
        if shown is not None and together != shown:
            raise Refused("A call was answered or corrected since this page was made. Look at the figures again.")
        invoice.matches += 1
        for service, amount in differences(invoice, booked).items():
            _book(invoice, service, amount, by)
        invoice.booked, invoice.matched_at, invoice.changed_at = together, now, now
        _note_days(invoice)
        invoice.save()
        said = {"booked": str(together), "invoiced": str(invoice.total), "calls": invoice.calls.count()}
        record_act(by, "pricing.invoice_matched", _target(invoice), after=said)


def undo_match(invoice: ProviderInvoice, *, by, reason: str) -> None:
    """Its calls are free for another match, at what they were booked at before. Not matched: nothing."""
    with transaction.atomic():
        invoice = _locked(invoice)
        if not invoice.matched_at:
            return
        for booked in true_ups(invoice):
            _mirror(booked, by, reason)
        said = {"booked": str(invoice.booked), "invoiced": str(invoice.total), "calls": invoice.calls.count()}
        invoice.calls.update(invoice=None, matched_at=None)
        invoice.booked, invoice.matched_at, invoice.changed_at = None, None, timezone.now()
        invoice.save()
        record_act(by, "pricing.match_undone", _target(invoice), before=said, note=reason)


def pay(invoice: ProviderInvoice, *, by, day: dt.date) -> None:
    """It was paid from the bank on a day. Paid already: nothing."""
    with transaction.atomic():
        invoice = _locked(invoice)
        if invoice.paid_at:
            return
        invoice.payments += 1
        posting.transfer(
            "transfer",
            f"payable/{invoice.provider}",
            "bank",
            invoice.total,
            external_id=f"provider_invoice:{invoice.pk}:paid:{invoice.payments}",
            actor=by,
            note=f"{invoice.provider}: invoice {invoice.number} paid",
            happened_at=_end_of(day),
        )
        invoice.paid_on, invoice.paid_at = day, timezone.now()
        invoice.save()
        said = {"paid_on": day.isoformat(), "amount": str(invoice.total)}
        record_act(by, "pricing.invoice_paid", _target(invoice), after=said)


def undo_payment(invoice: ProviderInvoice, *, by, reason: str) -> None:
    """It was not paid after all, or on another day. Not paid: nothing."""
    with transaction.atomic():
        invoice = _locked(invoice)
        if not invoice.paid_at:
            return
        _mirror(payment(invoice), by, reason)
        said = {"paid_on": invoice.paid_on.isoformat(), "amount": str(invoice.total)}
        invoice.paid_on = invoice.paid_at = None
        invoice.save()
        record_act(by, "pricing.payment_undone", _target(invoice), before=said, note=reason)


def attach(invoice: ProviderInvoice, upload, *, by) -> InvoiceFile:
    """Keep the paper that the provider sent; what it replaces stays. The same as the latest: nothing.

    Raises Refused, or what files/papers.py raises.
    """
    with storing.keeping() as keep:
        stored = papers.keep(upload, keep)
        with transaction.atomic():
            invoice = _locked(invoice)
            latest = invoice.files.select_related("stored").first()
            if latest and latest.stored.sha256 == stored.sha256:
                storing.discard(stored)
                return latest
            made = invoice.files.create(stored=stored, filename=safe_name(upload.name, stored.name), added_by=by)
            record_act(by, "pricing.invoice_file_added", _target(invoice), before=_paper(latest), after=_paper(made))
    return made


def note_fetched(file: InvoiceFile, *, by) -> None:
    """Somebody takes the paper: which one, by its checksum."""
    record_act(by, "pricing.invoice_file_fetched", _target(file.invoice), after=_paper(file))


def discard(invoice: ProviderInvoice, *, by) -> None:
    """One that was never matched or paid, as it was recorded by mistake. Raises Refused for another."""
    with transaction.atomic():
        invoice = _locked(invoice)
        if invoice.matches or invoice.payments:
            raise Refused("It was matched or paid before, and the ledger names it: it stays.")
        said = {"total": str(invoice.total), "days": f"{invoice.first_day} – {invoice.last_day}"}
        record_act(by, "pricing.invoice_discarded", _target(invoice), before=said)
        papers_of_it = [file.stored for file in invoice.files.select_related("stored")]
        invoice.delete()
        for stored in papers_of_it:
            storing.discard(stored)


def to_match(invoice: ProviderInvoice) -> QuerySet[ProviderCall]:
    """The answered calls of `its_days` that no invoice proves; of the services that it lists, if it lists any."""
    unproven = ProviderCall.objects.filter(**ProviderCall.UNPROVEN, provider=invoice.provider, **its_services(invoice))
    return unproven.filter(answered_on(its_days(invoice)))


def its_services(invoice: ProviderInvoice) -> dict:
    """Which calls it may prove: the provider may bill what it does not list on another invoice of the same days."""
    listed = [*invoice.lines.values_list("service_id", flat=True)]
    return {"service__in": listed} if listed else {}


def its_days(invoice: ProviderInvoice) -> list[Span]:
    """Its own days; and those of earlier matched invoices, of which calls came late.

    A provider counts days its own way: what was answered after an invoice was matched stands on the next one.
    """
    earlier = ProviderInvoice.objects.filter(
        provider=invoice.provider, matched_at__isnull=False, last_day__lt=invoice.first_day
    )
    return [(invoice.first_day, invoice.last_day), *earlier.values_list("first_day", "last_day")]


def answered_on(days: Iterable[Span]) -> Q:
    """A condition on calls: answered on one of these business days."""
    nights = ((clock.midnight(first), clock.midnight(last + dt.timedelta(days=1))) for first, last in days)
    return reduce(or_, (Q(answered_at__gte=start, answered_at__lt=end) for start, end in nights), Q(pk__in=[]))


def booked_by_service(calls: QuerySet[ProviderCall]) -> dict[str, Decimal]:
    """What these calls are booked at."""
    return dict(calls.order_by().values("service_id").annotate(cost=Sum(BOOKED)).values_list("service_id", "cost"))


def differences(invoice: ProviderInvoice, booked: dict[str, Decimal]) -> dict[str, Decimal]:
    """Service -> what the invoice says more (or less) than is booked, where it does. Raises Refused."""
    lines = dict(invoice.lines.values_list("service_id", "amount")) or _shares(invoice.total, booked)
    found = {one: lines.get(one, ZERO) - booked.get(one, ZERO) for one in sorted(lines.keys() | booked.keys())}
    return {service: amount for service, amount in found.items() if amount}


def true_ups(invoice: ProviderInvoice) -> QuerySet[Transaction]:
    """The entries that its match booked."""
    names = [_name(invoice, service) for service in Service.objects.values_list("pk", flat=True)]
    return Transaction.objects.filter(external_id__in=names).order_by("pk")


def payment(invoice: ProviderInvoice) -> Transaction | None:
    """What booked that it was paid."""
    return Transaction.objects.filter(external_id=f"provider_invoice:{invoice.pk}:paid:{invoice.payments}").first()


def _shares(total: Decimal, booked: dict[str, Decimal]) -> dict[str, Decimal]:
    """The total over services in proportion to what is booked; the dearest takes what rounding leaves."""
    together = sum(booked.values(), ZERO)
    if not together:
        raise Refused("Nothing is booked that the total could be spread over: record it with an amount per service.")
    found = {one: (total * cost / together).quantize(MICRO, ROUND_DOWN) for one, cost in booked.items()}
    found[max(booked, key=lambda one: (booked[one], one))] += total - sum(found.values())
    return found


def _note_days(invoice: ProviderInvoice) -> None:
    """Which days its calls are of, those of earlier matches included: their rows are looked at again (accounting)."""
    found = invoice.calls.aggregate(first=Min("answered_at"), last=Max("answered_at"))
    invoice.calls_from = min(filter(None, (invoice.calls_from, found["first"])), default=None)
    invoice.calls_until = max(filter(None, (invoice.calls_until, found["last"])), default=None)


def _book(invoice: ProviderInvoice, service: str, amount: Decimal, by) -> None:
    accounts = (f"cost/{invoice.provider}/{service}", f"payable/{invoice.provider}")
    debit, credit = accounts if amount > 0 else accounts[::-1]
    posting.transfer(
        "true_up",
        debit,
        credit,
        abs(amount),
        external_id=_name(invoice, service),
        actor=by,
        service=service,
        note=f"{invoice.provider}: invoice {invoice.number}",
        happened_at=_end_of(invoice.last_day),
    )


def _mirror(booked: Transaction, by, reason: str) -> None:
    facts = {"external_id": f"{booked.external_id}:undone", "happened_at": booked.happened_at}
    posting.reverse(booked.pk, actor=by, note=reason, **facts)


def _paper(file: InvoiceFile | None) -> dict | None:
    return file and {"file": file.filename, "sha256": file.stored.sha256}


def _name(invoice: ProviderInvoice, service: str) -> str:
    return f"provider_invoice:{invoice.pk}:match:{invoice.matches}:{service}"


def _end_of(day: dt.date) -> dt.datetime:
    """The last moment of a business day; today it is now."""
    return min(clock.midnight(day + dt.timedelta(days=1)) - dt.timedelta(microseconds=1), timezone.now())


def _locked(invoice: ProviderInvoice) -> ProviderInvoice:
    """It as it is now, when nobody else moves an invoice of this provider. Raises Refused for one that is gone."""
    rows = ProviderInvoice.objects.filter(provider=invoice.provider).order_by("pk").select_for_update(no_key=True)
    found = next((row for row in rows if row.pk == invoice.pk), None)
    if found is None:
        raise Refused("This invoice is no longer there.")
    return found


def _target(invoice: ProviderInvoice) -> str:
    return f"provider_invoice:{invoice.pk}"
