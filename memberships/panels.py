"""The panels of Memberships & Payments. GET, one fragment each."""

from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.masking import sees_addresses
from accounts.permissions import Perm
from memberships import queries
from memberships.definitions import DEFINITIONS
from memberships.models import FailedAttempt, Invoice
from ui import csv, filters, lists, panels

INVOICE_STATES = [("", "All"), *(choice for choice in Invoice.Status.choices if choice[0] != Invoice.Status.DRAFT)]


@require_safe
@requires(Perm.BILLING_READ)
def standing(request):
    return panels.render(request, "memberships/panels/standing.html", {"now": queries.standing(), "about": DEFINITIONS})


@require_safe
@requires(Perm.BILLING_READ)
def subscriptions(request):
    wanted = {"state": filters.choice(request, "state", dict(queries.SUBSCRIPTION_STATES)), "q": filters.text(request)}
    rows = queries.subscriptions(**wanted, by_email=sees_addresses(request.user))
    if lists.csv_asked(request):
        return csv.stream(rows, queries.SUBSCRIPTION_COLUMNS, csv.name("subscriptions", *wanted.values()))
    chips = filters.chips(request, "state", queries.SUBSCRIPTION_STATES)
    return _listed(request, "memberships/panels/subscriptions.html", rows, ("-started_at", "-id"), wanted, chips)


@require_safe
@requires(Perm.BILLING_READ)
def invoices(request):
    wanted = {"status": filters.choice(request, "status", dict(INVOICE_STATES)), "q": filters.text(request)}
    rows = queries.invoices(**wanted, by_email=sees_addresses(request.user))
    if lists.csv_asked(request):
        return csv.stream(rows, queries.INVOICE_COLUMNS, csv.name("invoices", *wanted.values()))
    chips = filters.chips(request, "status", INVOICE_STATES)
    return _listed(request, "memberships/panels/invoices.html", rows, ("-created_at", "-id"), wanted, chips)


@require_safe
@requires(Perm.BILLING_READ)
def failed_attempts(request):
    outcomes = FailedAttempt.Outcome
    wanted = {"outcome": filters.choice(request, "outcome", outcomes.values), "q": filters.text(request)}
    rows = queries.failed_attempts(**wanted, by_email=sees_addresses(request.user))
    if lists.csv_asked(request):
        return csv.stream(rows, queries.FAILED_COLUMNS, csv.name("failed-renewals", *wanted.values()))
    chips = filters.chips(request, "outcome", [("", "All"), *outcomes.choices])
    told = {"outcomes": dict(outcomes.choices)}
    return _listed(
        request, "memberships/panels/failed_attempts.html", rows, ("-happened_at", "-id"), wanted, chips, **told
    )


def _listed(request, template, rows, order, wanted, chips, **further):
    context = {
        "page": lists.page(rows, request, order=order, size=15),
        "chips": chips,
        "applied": filters.applied(request, {"q": "Search"}),
        "filtered": any(wanted.values()),
        "about": DEFINITIONS,
        **further,
    }
    return panels.render(request, template, context)
