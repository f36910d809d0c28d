"""Full pages: the price book, one service, one call to a provider, one provider's invoice."""

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_safe

from accounts.access import requires, typed_before
from accounts.permissions import Perm
from files import links, papers
from ledger.models import Transaction
from pricing import invoices, queries
from pricing.forms import CostForm, InvoiceForm, MatchForm, PaidForm, PriceForm, ReasonForm
from pricing.models import InvoiceFile, ProviderCall, ProviderInvoice, Service
from tunables import values
from ui import periods


@require_safe
@requires(Perm.PRICING_READ)
def index(request):
    """/admin/pricing/: prices, what providers are owed, their invoices and every call."""
    return render(request, "pricing/index.html", {"zone": values.business_zone()})


@require_safe
@requires(Perm.PRICING_READ)
def service(request, key):
    """/admin/pricing/services/music/: what the book says of a service, and where it is changed."""
    found = get_object_or_404(Service, pk=key)
    typed = typed_before(request)
    return render(request, "pricing/service.html", service_context(found, typed=typed))


def service_context(service: Service, *, typed=None, **forms) -> dict:
    """What service.html needs; the action that refuses shows the same page with the form's errors."""
    typed = typed or {}
    return {
        "service": service,
        "price_form": PriceForm(service, initial={} if "provider" in typed else typed),
        "cost_form": CostForm(service, initial=typed if "provider" in typed else {}),
        "known": ", ".join(queries.providers()),
        "zone": str(values.business_zone()),
        **forms,
    }


@require_safe
@requires(Perm.PRICING_READ)
def call(request, pk):
    """/admin/pricing/calls/7/: one call to a provider: estimate, report, entries, and the invoice that proves it."""
    found = get_object_or_404(ProviderCall.objects.select_related("service", "invoice"), pk=pk)
    names = [f"provider_call:{pk}", *(f"provider_call:{pk}:true_up:{n}" for n in range(1, found.true_ups + 1))]
    booked = Transaction.objects.filter(external_id__in=names).order_by("pk")
    return render(request, "pricing/call.html", {"call": found, "booked": booked})


@require_safe
@requires(Perm.PRICING_MANAGE)
def new_invoice(request):
    """/admin/pricing/invoices/new/: where a provider's invoice is written down."""
    provider = request.GET.get("provider", "")
    fresh = {"provider": provider, "first_day": queries.next_day(provider)}
    form = InvoiceForm(queries.providers(), initial=typed_before(request) or fresh)
    return render(request, "pricing/new_invoice.html", {"form": form})


@require_safe
@requires(Perm.PRICING_READ)
def invoice(request, pk):
    """/admin/pricing/invoices/7/: an invoice beside what is booked of its days; matched and paid from here."""
    found = get_object_or_404(ProviderInvoice.objects.select_related("recorded_by"), pk=pk)
    return render(request, "pricing/invoice.html", invoice_context(found))


@require_GET
@requires(Perm.PRICING_READ)
def download_file(request, pk, file):
    """Lead whoever may read the invoice to its paper, by a link that expires; each is recorded."""
    found = get_object_or_404(InvoiceFile.objects.select_related("stored"), pk=file, invoice_id=pk)
    invoices.note_fetched(found, by=request.user)
    return redirect(links.url(found.stored, filename=found.filename, download=True, seconds=links.AT_ONCE))


def invoice_context(invoice: ProviderInvoice, **forms) -> dict:
    """What invoice.html needs; the action that refuses shows the same page with the form's errors."""
    rows = queries.compared(invoice)
    booked = sum((row.booked for row in rows), queries.ZERO)
    return {
        "invoice": invoice,
        "rows": rows,
        "booked": booked,
        "calls": sum(row.calls for row in rows),
        "calls_url": f"{reverse('pricing:panel:provider_calls')}?invoice={invoice.pk}",
        "difference": invoice.total - booked,
        "spreadable": all(row.difference is not None for row in rows) and bool(rows),
        "true_ups": invoices.true_ups(invoice) if invoice.matched_at else [],
        "payment": invoices.payment(invoice) if invoice.paid_at else None,
        "files": list(invoice.files.select_related("stored", "added_by")),
        "accept": papers.ACCEPT,
        "match_form": MatchForm(initial={"booked": booked}),
        "paid_form": PaidForm(initial={"day": periods.today()}),
        "undo_match_form": ReasonForm(auto_id="undo-match-%s"),
        "undo_payment_form": ReasonForm(auto_id="undo-payment-%s"),
        **forms,
    }
