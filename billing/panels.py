"""The panels of the Billing Platform. GET, one fragment each."""

import uuid

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import requires, typed_before
from accounts.masking import sees_addresses
from accounts.permissions import Perm
from billing import queries, repairs, top_up_details
from billing.forms import AdjustmentForm, DebtForm, RefundForm
from billing.models import Difference, FailedPayment, Payout, StripeEvent, TopUp
from memberships.models import Invoice
from tunables import catalog, editing
from ui import csv, filters, lists, panels
from ui.charts import Chart, Series
from ui.periods import PeriodForm, parse_day


@require_safe
@requires(Perm.BILLING_READ)
def key_figures(request):
    period = PeriodForm.of(request)
    context = {"period": period, "figures": queries.key_figures(period=period)}
    return panels.render(request, "billing/panels/key_figures.html", context)


@require_safe
@requires(Perm.BILLING_READ)
def topups_by_day(request):
    period = PeriodForm.of(request)
    days = queries.topups_by_day(period=period)
    figure = Chart(
        id="topups-by-day",
        title=f"Top-ups, refunds and disputes by day, {period.label}",
        labels=[f"{day.day} {day:%b}" for day, _, _ in days],
        series=[
            Series("Top-ups", [topped_up for _, topped_up, _ in days], filled=True),
            Series("Refunds and disputes", [refunded for _, _, refunded in days], look="2"),
        ],
    )
    return panels.render(request, "billing/panels/topups_by_day.html", {"chart": figure})


@require_safe
@requires(Perm.BILLING_READ)
def stripe_status(request):
    findings = queries.stripe_status()
    wrong = sum(finding.tone == "bad" for finding in findings)
    words = f"{wrong} {'thing needs' if wrong == 1 else 'things need'} attention" if wrong else ""
    return panels.render(request, "billing/panels/stripe_status.html", {"findings": findings, "wrong": words})


@require_safe
@requires(Perm.BILLING_CONFIGURE)
def topup_configuration(request):
    context = {"rows": editing.waiting(request, catalog.TOPUP, "billing")}
    return panels.render(request, "billing/panels/topup_configuration.html", context, title="Top-up Configuration")


@require_safe
@requires(Perm.CREDIT_ADJUST)
def grant_adjust(request):
    asked = {"member": request.GET.get("member", ""), "form_key": uuid.uuid4()}
    form = AdjustmentForm(initial=asked | typed_before(request, reverse("billing:ask_adjustment")), by=request.user)
    context = {"form": form, "recent": queries.grant_adjust()}
    return panels.render(request, "billing/panels/grant_adjust.html", context)


@require_safe
@requires(Perm.CREDIT_ADJUST)
def adjustment_preview(request):
    """Before → after, while the form is being filled in. Says nothing until member and amount make sense."""
    form = AdjustmentForm({**request.GET.dict(), "reason": "-", "form_key": uuid.uuid4()}, by=request.user)
    asked = {name: form.cleaned_data[name] for name in ("member", "amount")} if form.is_valid() else None
    preview = queries.adjustment_preview(**asked, by=request.user) if asked else None
    return panels.render(request, "billing/panels/adjustment_preview.html", {"preview": preview})


@require_safe
@requires(Perm.CREDIT_ADJUST)
def member_options(request):
    """Members to choose from while typing in the form."""
    context = {"members": queries.member_options(text=request.GET.get("member", ""), viewer=request.user)}
    return panels.render(request, "billing/panels/member_options.html", context)


@require_safe
@requires(Perm.BILLING_READ)
def recent_topups(request):
    wanted = {"kind": filters.choice(request, "kind", dict(queries.TOPUP_KINDS)), "q": filters.text(request)}
    rows = queries.recent_topups(**wanted, by_email=sees_addresses(request.user)).order_by("-posted_at", "-id")
    if lists.csv_asked(request):
        return _as_file(rows, queries.TOPUP_COLUMNS, "top-ups-and-refunds", wanted)
    context = {
        "page": lists.page(rows, request, order=("-posted_at", "-id"), size=10),
        "chips": filters.chips(request, "kind", [("", "All"), *queries.TOPUP_KINDS]),
        "applied": filters.applied(request, {"q": "Search"}),
        "filtered": any(wanted.values()),
    }
    return panels.render(request, "billing/panels/recent_topups.html", context)


@require_safe
@requires(Perm.BILLING_READ)
def failed_payments(request):
    outcomes = FailedPayment.Outcome
    wanted = {
        "outcome": filters.choice(request, "outcome", outcomes.values),
        "since": filters.choice(request, "since", queries.SINCE),
        "q": filters.text(request),
    }
    rows = queries.failed_payments(**wanted, by_email=sees_addresses(request.user))
    if lists.csv_asked(request):
        return _as_file(rows, queries.FAILED_COLUMNS, "failed-payments", wanted)
    context = {
        "page": lists.page(rows, request, order=("-happened_at", "-id"), size=10),
        "chips": filters.chips(request, "outcome", [("", "All"), *outcomes.choices]),
        "applied": filters.applied(request, {"q": "Search", "since": ("When", queries.SINCE)}),
        "filtered": any(wanted.values()),
        "since": wanted["since"],
        "periods": queries.SINCE,
        "outcomes": dict(outcomes.choices),
    }
    return panels.render(request, "billing/panels/failed_payments.html", context)


@require_safe
@requires(Perm.BILLING_READ)
def member_lookup(request):
    """One member's money, found by e-mail, id or Stripe customer; an unknown one is said beside the field."""
    text = request.GET.get("member", "").strip()
    found, error = queries.member_lookup(text=text, by_email=sees_addresses(request.user))
    context = {"text": text, "error": error, "found": found}
    return panels.render(request, "billing/panels/member_lookup.html", context)


@require_safe
@requires(Perm.BILLING_READ)
def reconciliation(request):
    """How the proof stands; a run under way shows how far it is."""
    proof = queries.reconciliation()
    response = panels.render(request, "billing/panels/reconciliation.html", {"proof": proof})
    return _wake(response, over="running" in request.GET and not proof.running)


@require_safe
@requires(Perm.BILLING_READ)
def reconciliation_days(request):
    days = queries.reconciliation_days(period=PeriodForm.of(request))
    return panels.render(request, "billing/panels/reconciliation_days.html", {"days": days})


@require_safe
@requires(Perm.BILLING_READ)
def differences(request):
    wanted = {
        "state": filters.choice(request, "state", dict(queries.DIFFERENCE_STATES)),
        "kind": filters.choice(request, "kind", Difference.Kind.values),
        "q": filters.text(request),
        "day": parse_day(filters.text(request, "day")),
    }
    rows = queries.differences(**wanted)
    if lists.csv_asked(request):
        return _as_file(rows, queries.DIFFERENCE_COLUMNS, "differences", wanted)
    kinds = dict(Difference.Kind.choices)
    context = {
        "page": lists.page(rows, request, order=("-happened_at", "-id"), size=20),
        "chips": filters.chips(request, "state", queries.DIFFERENCE_STATES),
        "kinds": Difference.Kind,
        "kind": wanted["kind"],
        "applied": filters.applied(request, {"q": "Search", "kind": ("Difference", kinds), "day": "Day"}),
        "filtered": any(wanted.values()),
        "labels": repairs.LABELS,
        "advice": repairs.ADVICE,
        "repairable": queries.repairable(),
        "busy": Difference.objects.being_repaired().exists(),
    }
    response = panels.render(request, "billing/panels/differences.html", context)
    return _wake(response, over="busy" in request.GET and not context["busy"])


@require_safe
@requires(Perm.BILLING_READ)
def reconciliations(request):
    return panels.render(request, "billing/panels/reconciliations.html", {"runs": queries.reconciliations()})


@require_safe
@requires(Perm.BILLING_READ)
def payouts(request):
    status = filters.choice(request, "status", Payout.Status.values)
    rows = queries.payouts(status=status)
    if lists.csv_asked(request):
        return _as_file(rows, queries.PAYOUT_COLUMNS, "payouts", {"status": status})
    context = {
        "page": lists.page(rows, request, order=("-created_at", "-id"), size=10),
        "chips": filters.chips(request, "status", [("", "All"), *Payout.Status.choices]),
        "filtered": bool(status),
    }
    return panels.render(request, "billing/panels/payouts.html", context)


@require_safe
@requires(Perm.BILLING_READ)
def webhook_events(request):
    wanted = {"state": filters.choice(request, "state", StripeEvent.State.values), "q": filters.text(request)}
    context = {
        "page": lists.page(queries.webhook_events(**wanted), request, order=("-id",), size=10),
        "states": StripeEvent.State,
        "state": wanted["state"],
        "replayable": StripeEvent.REPLAYABLE,
        "applied": filters.applied(request, {"q": "Search", "state": ("State", dict(StripeEvent.State.choices))}),
        "filtered": any(wanted.values()),
    }
    return panels.render(request, "billing/panels/webhook_events.html", context)


@require_safe
@requires(Perm.BILLING_READ)
def disputes(request):
    wanted = {"state": filters.choice(request, "state", dict(queries.DISPUTE_STATES)), "q": filters.text(request)}
    rows = queries.disputes(**wanted, by_email=sees_addresses(request.user))
    if lists.csv_asked(request):
        return _as_file(rows, queries.DISPUTE_COLUMNS, "disputes", wanted)
    context = {
        "page": lists.page(rows, request, order=("-created_at", "-id"), size=20),
        "chips": filters.chips(request, "state", [("", "All"), *queries.DISPUTE_STATES]),
        "applied": filters.applied(request, {"q": "Search"}),
        "filtered": any(wanted.values()),
    }
    return panels.render(request, "billing/panels/disputes.html", context)


@require_safe
@requires(Perm.BILLING_READ)
def fraud_warnings(request):
    return panels.render(request, "billing/panels/fraud_warnings.html", {"warnings": queries.fraud_warnings()})


@require_safe
@requires(Perm.BILLING_READ)
def debts(request):
    """Who owes what; whoever may decide finds the form beside each."""
    rows = [(debt, _debt_form(request, debt)) for debt in queries.debts()]
    context = {"rows": rows, "written_off": queries.written_off()}
    return panels.render(request, "billing/panels/debts.html", context)


def _debt_form(request, debt) -> DebtForm | None:
    if not request.user.can(Perm.DEBTS_DECIDE):
        return None
    return DebtForm(
        owed=debt.owed, may_write_off=request.user.can(Perm.DEBTS_WRITE_OFF), auto_id=f"debt-{debt.member.pk}-%s"
    )


def _wake(response, *, over: bool):
    """What a panel waited for, asking every two seconds, is over: all panels look again."""
    if over:
        response.headers["HX-Trigger"] = "billing-changed"
    return response


@require_safe
@requires(Perm.BILLING_READ)
def top_up_money(request, pk):
    """Asks again while a refund is under way."""
    top_up = get_object_or_404(TopUp.objects.select_related("member"), pk=pk)
    shown = {"top_up": top_up, "money": top_up_details.top_up_money(top_up)}
    return _money(request, "billing/panels/top_up_money.html", shown)


@require_safe
@requires(Perm.BILLING_READ)
def invoice_money(request, pk):
    invoice = get_object_or_404(Invoice.objects.select_related("member"), pk=pk)
    shown = {"invoice": invoice, "money": top_up_details.invoice_money(invoice)}
    return _money(request, "billing/panels/invoice_money.html", shown)


def _money(request, template: str, shown: dict):
    response = panels.render(request, template, shown)
    return response if shown["money"].under_way else panels.finished(response)


@require_safe
@requires(Perm.BILLING_REFUND)
def refund_preview(request, pk):
    """What the refund would do to the member's credit, while the form is being filled in."""
    top_up = get_object_or_404(TopUp.objects.select_related("member"), pk=pk)
    amount = RefundForm(top_up, request.GET, by=request.user).valid("amount")
    preview = top_up_details.refund_preview(top_up, amount) if amount else None
    return panels.render(request, "billing/panels/refund_preview.html", {"preview": preview, "top_up": top_up})


def _as_file(rows, columns, name: str, wanted: dict):
    return csv.stream(rows, columns, csv.name(name, *wanted.values()))
