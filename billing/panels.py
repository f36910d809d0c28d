"""The panels of the Billing Platform. GET, one fragment each."""

import uuid

from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from audit.models import record
from billing import queries
from billing.forms import AdjustmentForm, DebtForm
from billing.models import FailedPayment, StripeEvent
from billing.queries.disputes import STATES
from tunables import catalog, editing
from ui import csv, filters, lists, panels
from ui.charts import Chart, Series
from ui.periods import PeriodForm


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
        title=f"Top-ups and refunds by day, {period.label}",
        labels=[f"{day.day} {day:%b}" for day, _, _ in days],
        series=[
            Series("Top-ups", [topped_up for _, topped_up, _ in days], filled=True),
            Series("Refunds", [refunded for _, _, refunded in days], look="2"),
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
    rows = editing.rows(catalog.TOPUP, "billing")
    context = {"rows": rows}
    return panels.render(request, "billing/panels/topup_configuration.html", context, title="Top-up Configuration")


@require_safe
@requires(Perm.CREDIT_ADJUST)
def grant_adjust(request):
    form = AdjustmentForm(initial={"member": request.GET.get("member", ""), "form_key": uuid.uuid4()})
    context = {"form": form, "recent": queries.grant_adjust()}
    return panels.render(request, "billing/panels/grant_adjust.html", context)


@require_safe
@requires(Perm.CREDIT_ADJUST)
def adjustment_preview(request):
    """Before → after, while the form is being filled in. Says nothing until member and amount make sense."""
    form = AdjustmentForm({**request.GET.dict(), "reason": "-", "form_key": uuid.uuid4()})
    asked = {name: form.cleaned_data[name] for name in ("member", "amount")} if form.is_valid() else None
    preview = queries.adjustment_preview(**asked, by=request.user) if asked else None
    return panels.render(request, "billing/panels/adjustment_preview.html", {"preview": preview})


@require_safe
@requires(Perm.CREDIT_ADJUST)
def member_options(request):
    """Members to choose from while typing in the form."""
    context = {"members": queries.member_options(text=request.GET.get("member", ""))}
    return panels.render(request, "billing/panels/member_options.html", context)


@require_safe
@requires(Perm.BILLING_READ)
def recent_topups(request):
    wanted = {"kind": filters.choice(request, "kind", dict(queries.TOPUP_KINDS)), "q": filters.text(request)}
    rows = queries.recent_topups(**wanted).order_by("-posted_at", "-id")
    if lists.csv_asked(request):
        return _as_file(request, rows, queries.TOPUP_COLUMNS, "top-ups-and-refunds", wanted)
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
    wanted = {"outcome": filters.choice(request, "outcome", outcomes.values), "q": filters.text(request)}
    rows = queries.failed_payments(**wanted)
    if lists.csv_asked(request):
        record(
            request.user, "failed_payments.exported", "failed_payments", after={k: v for k, v in wanted.items() if v}
        )
        return csv.stream(rows, queries.FAILED_COLUMNS, csv.name("failed-payments", *wanted.values()))
    context = {
        "page": lists.page(rows, request, order=("-happened_at", "-id"), size=10),
        "chips": filters.chips(request, "outcome", [("", "All"), *outcomes.choices]),
        "applied": filters.applied(request, {"q": "Search"}),
        "filtered": any(wanted.values()),
        "outcomes": dict(outcomes.choices),
    }
    return panels.render(request, "billing/panels/failed_payments.html", context)


@require_safe
@requires(Perm.BILLING_READ)
def member_lookup(request):
    """One member's money, found by e-mail, id or Stripe customer; an unknown one is said beside the field."""
    text = request.GET.get("member", "").strip()
    found, error = queries.member_lookup(text=text)
    context = {"text": text, "error": error, "found": found}
    return panels.render(request, "billing/panels/member_lookup.html", context)


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
    wanted = {"state": filters.choice(request, "state", dict(STATES)), "q": filters.text(request)}
    rows = queries.disputes(**wanted)
    if lists.csv_asked(request):
        return _as_file(request, rows, queries.DISPUTE_COLUMNS, "disputes", wanted)
    context = {
        "page": lists.page(rows, request, order=("-created_at", "-id"), size=20),
        "chips": filters.chips(request, "state", [("", "All"), *STATES]),
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
    return panels.render(request, "billing/panels/debts.html", {"rows": rows})


def _debt_form(request, debt) -> DebtForm | None:
    if not request.user.can(Perm.DEBTS_DECIDE):
        return None
    return DebtForm(may_write_off=request.user.can(Perm.DEBTS_WRITE_OFF), auto_id=f"debt-{debt.member.pk}-%s")


def _as_file(request, rows, columns, name: str, wanted: dict):
    """What the list shows, recorded: a file with members' addresses leaves the house."""
    record(request.user, "billing.exported", name, after={key: text for key, text in wanted.items() if text})
    return csv.stream(rows, columns, csv.name(name, *wanted.values()))
