"""The panels of Memberships & Payments. GET, one fragment each."""

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.masking import sees_addresses
from accounts.models import User
from accounts.permissions import Perm
from billing import backfill
from memberships import entries, history, queries
from memberships.definitions import DEFINITIONS
from memberships.forms import PaymentFilter
from memberships.models import FailedAttempt, Invoice
from ui import csv, filters, lists, panels

INVOICE_STATES = [("", "All"), *(choice for choice in Invoice.Status.choices if choice[0] != Invoice.Status.DRAFT)]

DAYS = {"first": "from", "last": "until"}  # in the name of a file


@require_safe
@requires(Perm.BILLING_READ)
def standing(request):
    """The figures above the lists."""
    context = {"now": queries.standing(), "ahead": queries.ahead(), "about": DEFINITIONS}
    return panels.render(request, "memberships/panels/standing.html", context)


@require_safe
@requires(Perm.BILLING_READ)
def subscriptions(request):
    """Every subscription, in the list or as a file."""
    wanted = {"state": filters.choice(request, "state", dict(queries.SUBSCRIPTION_STATES)), "q": filters.text(request)}
    rows = queries.subscriptions(**wanted, by_email=sees_addresses(request.user))
    if lists.csv_asked(request):
        return csv.stream(rows, queries.SUBSCRIPTION_COLUMNS, csv.name("subscriptions", *wanted.values()))
    chips = filters.chips(request, "state", queries.SUBSCRIPTION_STATES)
    return _listed(request, "memberships/panels/subscriptions.html", rows, ("-started_at", "-id"), wanted, chips)


@require_safe
@requires(Perm.BILLING_READ)
def payments(request):
    """All that was paid and went back, whatever for."""
    form = PaymentFilter(request.GET, auto_id="payments-%s")
    wanted, q = form.wanted, filters.text(request)
    rows = queries.payments(**wanted, q=q, by_email=sees_addresses(request.user))
    if lists.csv_asked(request):
        whose = wanted.pop("member", None)
        days = {name: f"{word}-{wanted.pop(name)}" for name, word in DAYS.items() if name in wanted}
        name = csv.name("payments", *wanted.values(), *days.values(), whose and whose.pk, q)
        return csv.stream(rows, entries.COLUMNS, name)
    said = {"state": entries.STATES, "member": {request.GET.get("member"): wanted.get("member")}}
    names = {name: form[name].label for name in wanted if name != "kind"} | {"q": "Search"}
    told = {
        "form": form,
        "days": (form["first"], form["last"]),
        "days_in_force": DAYS.keys() & wanted.keys() or form.complaint,
        "complaint": form.complaint,
        "applied": filters.applied(request, {name: (label, said.get(name, {})) for name, label in names.items()}),
        "own_controls": "state first last",
    }
    chips = filters.chips(request, "kind", form.fields["kind"].choices)
    return _listed(request, "memberships/panels/payments.html", rows, history.ORDER, wanted | {"q": q}, chips, **told)


@require_safe
@requires(Perm.BILLING_READ)
def invoices(request):
    """Every invoice but drafts, in the list or as a file."""
    wanted = {"status": filters.choice(request, "status", dict(INVOICE_STATES)), "q": filters.text(request)}
    rows = queries.invoices(**wanted, by_email=sees_addresses(request.user))
    if lists.csv_asked(request):
        return csv.stream(rows, queries.INVOICE_COLUMNS, csv.name("invoices", *wanted.values()))
    chips = filters.chips(request, "status", INVOICE_STATES)
    return _listed(request, "memberships/panels/invoices.html", rows, ("-created_at", "-id"), wanted, chips)


@require_safe
@requires(Perm.BILLING_READ)
def failed_attempts(request):
    """Payments for Premium that failed and what became of them, in the list or as a file."""
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
        **further,
    }
    return panels.render(request, template, context)


@require_safe
@requires(Perm.BILLING_READ)
def member_premium(request, pk):
    """For a user page: the plan that was given apart from what is paid at Stripe, subscriptions and invoices."""
    person = get_object_or_404(User, pk=pk)
    context = {"person": person, "found": queries.member_premium(person)}
    return panels.render(request, "memberships/panels/member_premium.html", context, title="Premium and payments")


@require_safe
@requires(Perm.BILLING_READ)
def auto_top_ups(request):
    """Who is topped up by itself, and whether nobody is at the moment, as Stripe was not asked lately."""
    wanted = {"state": filters.choice(request, "state", dict(queries.AUTO_STATES)), "q": filters.text(request)}
    rows = queries.auto_top_ups(**wanted, by_email=sees_addresses(request.user))
    if lists.csv_asked(request):
        return csv.stream(rows, queries.AUTO_COLUMNS, csv.name("auto-top-ups", *wanted.values()))
    chips = filters.chips(request, "state", queries.AUTO_STATES)
    order, waits = ("-changed_at", "-member_id"), not backfill.is_up_to_date()
    return _listed(request, "memberships/panels/auto_top_ups.html", rows, order, wanted, chips, waits=waits)
