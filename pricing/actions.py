"""What staff do to the price book and with providers' invoices. POST only."""

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import confirmed, requires
from accounts.permissions import Perm
from files import formats, uploads
from files.papers import takes_papers
from files.place import NoSpace
from pricing import book, invoices, queries
from pricing.forms import CostForm, InvoiceForm, MatchForm, PaidForm, PriceForm, ReasonForm
from pricing.models import Price, ProviderInvoice, Service, UnitCost
from pricing.pages import invoice_context, service_context
from ui import actions

CHANGED, BACK = "pricing-changed", "/admin/pricing/"


@require_POST
@requires(Perm.PRICING_MANAGE)
@confirmed("to change a price", page="pricing:service")
def add_price(request, key):
    """What members pay from now, or a moment, on."""
    return _add(request, key, PriceForm, "price")


@require_POST
@requires(Perm.PRICING_MANAGE)
@confirmed("to change an expected cost", page="pricing:service")
def add_cost(request, key):
    """What a unit is expected to cost us from now, or a moment, on."""
    return _add(request, key, CostForm, "cost")


def _add(request, key, form_class, word: str):
    service = get_object_or_404(Service, pk=key)
    form = form_class(service, request.POST)
    if not form.is_valid() or not form.add(by=request.user):
        context = service_context(service, **{f"{word}_form": form})
        return actions.invalid(request, f"pricing/_{word}_form.html", context, page="pricing/service.html")
    toast = f"{service}: the {word} is in the book."
    return actions.done(request, CHANGED, toast=toast, redirect=reverse("pricing:service", args=[key]))


@require_POST
@requires(Perm.PRICING_MANAGE)
@confirmed("to withdraw a price")
def withdraw_price(request, pk):
    """Take a coming price back."""
    return _withdraw(request, get_object_or_404(Price, pk=pk))


@require_POST
@requires(Perm.PRICING_MANAGE)
@confirmed("to withdraw an expected cost")
def withdraw_cost(request, pk):
    """Take a coming cost back."""
    return _withdraw(request, get_object_or_404(UnitCost, pk=pk))


def _withdraw(request, row):
    try:
        book.withdraw(row, by=request.user)
        toast = "It is withdrawn: what was before goes on."
    except book.Refused as why:
        toast = str(why)
    return actions.done(request, CHANGED, toast=toast, redirect=reverse("pricing:service", args=[row.service_id]))


@require_POST
@requires(Perm.PRICING_MANAGE)
@confirmed("to record a provider’s invoice", page="pricing:new_invoice")
def record_invoice(request):
    """Write a provider's invoice down."""
    form = InvoiceForm(queries.providers(), request.POST)
    made = form.record(by=request.user) if form.is_valid() else None
    if made is None:
        return actions.invalid(request, "pricing/_invoice_form.html", {"form": form}, page="pricing/new_invoice.html")
    return actions.done(request, CHANGED, toast="The invoice is recorded.", redirect=_page(made.pk))


@require_POST
@requires(Perm.PRICING_MANAGE)
@confirmed("to match an invoice", page="pricing:invoice")
def match_invoice(request, pk):
    """What its calls were booked at becomes what it says."""
    form = MatchForm(request.POST)

    def act(invoice):
        invoices.match(invoice, by=request.user, shown=form.cleaned_data["booked"])

    return _act(request, pk, form, "match", act, "It is matched: what was estimated is actual.")


@require_POST
@requires(Perm.PRICING_MANAGE)
@confirmed("to undo a match", page="pricing:invoice")
def undo_match(request, pk):
    """Set its calls free, and book the mirror."""
    form = ReasonForm(request.POST, auto_id="undo-match-%s")

    def act(invoice):
        invoices.undo_match(invoice, by=request.user, reason=form.cleaned_data["reason"])

    return _act(request, pk, form, "undo_match", act, "The match is undone.")


@require_POST
@requires(Perm.PRICING_MANAGE)
@confirmed("to book a payment", page="pricing:invoice")
def pay_invoice(request, pk):
    """It was paid from the bank."""
    form = PaidForm(request.POST)

    def act(invoice):
        invoices.pay(invoice, by=request.user, day=form.cleaned_data["day"])

    return _act(request, pk, form, "paid", act, "The payment is booked.")


@require_POST
@requires(Perm.PRICING_MANAGE)
@confirmed("to undo a payment", page="pricing:invoice")
def undo_payment(request, pk):
    """Book the mirror of a payment that was none, or on another day."""
    form = ReasonForm(request.POST, auto_id="undo-payment-%s")

    def act(invoice):
        invoices.undo_payment(invoice, by=request.user, reason=form.cleaned_data["reason"])

    return _act(request, pk, form, "undo_payment", act, "The payment is undone.")


@takes_papers
@require_POST
@requires(Perm.PRICING_MANAGE)
def attach_file(request, pk):
    """The paper that the provider sent; another takes its place, and the one before stays."""
    found = get_object_or_404(ProviderInvoice, pk=pk)
    error = next((sentence for _, sentence in uploads.refused(request)), "")
    upload = request.FILES.get("paper")
    if upload and not error:
        try:
            invoices.attach(found, upload, by=request.user)
        except (invoices.Refused, formats.Refused, NoSpace) as why:
            error = str(why)
        else:
            return actions.done(request, CHANGED, toast="The file is kept with the invoice.", redirect=_page(pk))
    context = invoice_context(found, file_error=error or "Choose a file first.")
    return actions.invalid(request, "pricing/_invoice_acts.html", context, page="pricing/invoice.html")


@require_POST
@requires(Perm.PRICING_MANAGE)
@confirmed("to discard an invoice")
def discard_invoice(request, pk):
    """Forget one that was recorded by mistake."""
    invoice = get_object_or_404(ProviderInvoice, pk=pk)
    try:
        invoices.discard(invoice, by=request.user)
    except invoices.Refused as why:
        return actions.done(request, CHANGED, toast=str(why), redirect=_page(pk))
    return actions.done(request, CHANGED, toast=f"{invoice} is discarded.", redirect=BACK)


def _act(request, pk, form, name: str, act, toast: str):
    invoice = get_object_or_404(ProviderInvoice, pk=pk)
    if form.is_valid():
        try:
            act(invoice)
        except invoices.Refused as why:
            form.add_error(None, str(why))
        else:
            return actions.done(request, CHANGED, toast=toast, redirect=_page(pk))
    invoice = get_object_or_404(ProviderInvoice, pk=pk)  # as it is now, if nobody has discarded it
    context = invoice_context(invoice, **{f"{name}_form": form})
    return actions.invalid(request, "pricing/_invoice_acts.html", context, page="pricing/invoice.html")


def _page(pk: int) -> str:
    return reverse("pricing:invoice", args=[pk])
