"""The panels of the price book. GET, one fragment each."""

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from pricing import queries
from pricing.forms import CostForm, PriceForm
from pricing.models import ProviderCall, ProviderInvoice, Service
from ui import csv, filters, lists, panels

BOOK = [
    *[("service.pk", "Key"), ("service.title", "Service"), ("service.unit", "Unit"), ("price.amount", "Price")],
    *[("price.valid_from", "Price valid from"), ("cost.provider", "Provider"), ("cost.amount", "Expected unit cost")],
    *[("cost.valid_from", "Cost valid from"), ("margin", "Margin per unit"), ("ratio", "Of the price")],
]
CALLS = [
    *[("pk", "Call"), ("asked_at", "Asked"), ("answered_at", "Answered"), ("provider", "Provider")],
    *[("service_id", "Service"), ("get_state_display", "State"), ("external_id", "Their id"), ("key", "Our key")],
    *[("cut_id", "Cut"), ("units", "Units"), ("expected", "Expected"), ("reported", "Reported")],
    *[("true_ups", "True-ups"), ("invoice.number", "Invoice"), ("matched_at", "Matched"), ("error", "Error")],
]
OWED = [
    *[("provider", "Provider"), ("balance", "Owed"), ("unproven", "Not invoiced yet"), ("calls", "Calls")],
    *[("invoiced", "On unpaid invoices"), ("rest", "Otherwise"), ("last", "Invoiced until")],
]
INVOICES = [
    *[("provider", "Provider"), ("number", "Number"), ("first_day", "First day"), ("last_day", "Last day")],
    *[("total", "Total"), ("booked", "Booked when matched"), ("matched_at", "Matched"), ("paid_on", "Paid on")],
    ("note", "Note"),
]
PROVEN = {"no": "Not invoiced yet", "yes": "Matched"}
UNDONE = {"unmatched": "Not matched", "unpaid": "Not paid"}


@require_safe
@requires(Perm.PRICING_READ)
def price_book(request):
    """Every service at every provider: price, cost, margin, and what is coming."""
    lines = queries.price_book()
    if lists.csv_asked(request):
        return csv.stream(lines, BOOK, csv.name("price-book"))
    return panels.render(request, "pricing/panels/price_book.html", {"lines": lines})


@require_safe
@requires(Perm.PRICING_READ)
def history(request, key):
    """Every price and cost of one service that ever stood in the book."""
    service = get_object_or_404(Service, pk=key)
    context = {"service": service, "changes": queries.history(service=service)}
    return panels.render(request, "pricing/panels/history.html", context)


@require_safe
@requires(Perm.PRICING_READ)
def preview(request, key):
    """`?amount=0.30`, or `?amount=0.05&provider=replicate`: the last 30 days at it, while a form is filled in."""
    service = get_object_or_404(Service, pk=key)
    form = (CostForm if "provider" in request.GET else PriceForm)(service, request.GET)
    asked = form.asked()
    found = queries.preview(service=service, **asked) if asked else None
    return panels.render(request, "pricing/panels/preview.html", {"found": found, "service": service, "asked": asked})


@require_safe
@requires(Perm.PRICING_READ)
def provider_calls(request):
    """Every call, the latest first."""
    choices = {
        "provider": {name: name for name in queries.providers()},
        "service": dict(Service.objects.values_list("pk", "title")),
        "state": dict(ProviderCall.State.choices),
        "proven": PROVEN,
    }
    wanted = {"q": filters.text(request)} | {name: filters.choice(request, name, choices[name]) for name in choices}
    number = filters.text(request, "invoice", 18)
    wanted["invoice"] = ProviderInvoice.objects.filter(pk=number).first() if number.isdecimal() else None
    rows = queries.provider_calls(**wanted)
    if lists.csv_asked(request):
        return csv.stream(rows.order_by("-asked_at", "-id"), CALLS, csv.name("provider-calls", *wanted.values()))
    labels = {"q": "Search", **{name: (name.capitalize(), words) for name, words in choices.items()}}
    labels["proven"] = ("Invoice", PROVEN)
    if wanted["invoice"]:
        labels["invoice"] = ("Calls of", {number: str(wanted["invoice"])})
    selects = [(name, f"Every {name}", words, wanted[name]) for name, words in choices.items() if name != "proven"]
    context = {
        "page": lists.page(rows, request, order=("-asked_at", "-id"), size=20),
        "chips": filters.chips(request, "proven", [("", "All"), *PROVEN.items()]),
        "selects": selects,
        "applied": filters.applied(request, labels),
        "filtered": any(wanted.values()),
    }
    return panels.render(request, "pricing/panels/provider_calls.html", context)


@require_safe
@requires(Perm.PRICING_READ)
def balances_owed(request):
    """What each provider is owed."""
    rows = queries.balances_owed()
    if lists.csv_asked(request):
        return csv.stream(rows, OWED, csv.name("owed-to-providers"))
    return panels.render(request, "pricing/panels/balances_owed.html", {"rows": rows})


@require_safe
@requires(Perm.PRICING_READ)
def invoices(request):
    """Providers' invoices, the latest period first."""
    names = queries.providers()
    wanted = {
        "provider": filters.choice(request, "provider", names),
        "state": filters.choice(request, "state", UNDONE),
    }
    rows = queries.invoices(**wanted)
    order = ("-last_day", "-id")
    if lists.csv_asked(request):
        return csv.stream(rows.order_by(*order), INVOICES, csv.name("providers-invoices", *wanted.values()))
    context = {
        "page": lists.page(rows, request, order=order, size=20),
        "chips": filters.chips(request, "state", [("", "All"), *UNDONE.items()]),
        "applied": filters.applied(request, {"provider": "Provider"}),
        "filtered": any(wanted.values()),
    }
    return panels.render(request, "pricing/panels/invoices.html", context)
