"""Full pages: what a member sees of their credit, and the back office's Billing Platform."""

import json
import uuid

from django.conf import settings
from django.db.models.functions import Now
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

import tunables.values
from accounts.access import confirmed, members, requires, typed_before
from accounts.masking import sees_addresses
from accounts.models import User
from accounts.permissions import Perm
from audit.models import record
from billing import belongings, payloads, queries, statements, top_up_details, wording
from billing.forms import OTHER, RefundForm, TopUpForm
from billing.models import RefundRequest, StripeEvent, TopUp
from billing.waiting import ASK_AFTER
from ledger.models import Transaction
from ledger.queries import SPENDING_ORDER, balances, entries, lots, movements
from ledger.statement import statement as read_statement
from memberships.models import Invoice
from ui import csv, lists, periods
from ui.periods import PeriodForm


@require_safe
@members
def credit(request):
    """/me/credit/: balance, top-up, lots and movements of the person who is signed in."""
    return render(request, "billing/credit.html", credit_context(request))


def credit_context(request, form: TopUpForm | None = None) -> dict:
    """What credit.html needs; the action that refuses a top-up shows the same page with the form's errors."""
    packs, asked = queries.packs(), request.GET.get("amount", "")  # of a mail: the amount that could not be charged
    offered = asked in {pack.value for pack in packs}
    form = form or TopUpForm(initial={"other": "" if offered else asked[:10]})
    return {
        "balances": balances(request.user),
        "support_email": tunables.values.get("support_email"),
        "lots": lots(request.user).filter(has_rest=True).exclude(expires_at__lte=Now()).order_by(*SPENDING_ORDER),
        "unfinished": queries.unfinished(member=request.user),
        "payments": TopUp.objects.filter(member=request.user).prefetch_related("refunds", "disputes")[:100],
        "configured": bool(settings.STRIPE_SECRET_KEY),
        "form": form,
        "auto": queries.own_auto_top_up(member=request.user),
        "auto_offered": tunables.values.get("auto_topup_offered"),
        "packs": packs,
        "chosen": form.data.get("choice")
        or (asked if offered else OTHER if asked else "")
        or packs[len(packs) // 2].value,
        "least": tunables.values.get("topup_min_usd"),
        "most": tunables.values.get("topup_max_usd"),
        "tiers": tunables.values.get("topup_bonus_tiers"),
        "page": lists.page(_own_movements(request), request, order=("-posted_at", "-id"), size=25),
    }


def _own_movements(request):
    return movements(request.user).select_related("reverses")


@require_safe
@members
def movements_csv(request):
    """/me/credit/movements.csv: every movement of one's own credit."""
    return csv.stream(_own_movements(request), queries.MOVEMENT_COLUMNS, "credit-movements")


@require_safe
@members
def statement(request):
    """/me/credit/statement/: one's own statement, to read, to print, to keep as a file (`?format=csv`, `json`)."""
    return _statement(request, request.user, "billing/statement.html")


@require_safe
@requires(Perm.BILLING_READ)
def member_statement(request, pk):
    """/admin/billing/members/<id>/statement/: the same rows and figures for staff; taking a file is recorded."""
    member = get_object_or_404(User, pk=pk)
    return _statement(request, member, "billing/member_statement.html", for_staff=True)


def _statement(request, member, template, *, for_staff=False):
    period = periods.PeriodForm.of(request, periods.MONTHS, "month")
    shown = read_statement(member.pk, period.start, period.end)
    file_format = request.GET.get("format")
    if write := statements.FORMATS.get(file_format):
        if for_staff:
            record(request.user, "statement.exported", member, after={"period": period.label, "format": file_format})
        return write(shown, csv.name(f"statement-{member.pk}", period.label))
    context = {"member": member, "period": period, "presets": periods.MONTHS, "for_staff": for_staff}
    return render(request, template, context | statements.page(request, shown))


@require_safe
@members
def top_up(request, public_id):
    """/me/credit/top-ups/<id>/: where a payment stands. Stripe sends the member here after paying or leaving."""
    top_up = get_object_or_404(request.user.top_ups, public_id=public_id)
    came_back = {name for name in ("paid", "left") if name in request.GET}
    return render(request, "billing/top_up.html", top_up_context(top_up, came_back=came_back))


READABLE = 64 * 1024  # characters of an event that is laid out line by line


def top_up_context(top_up: TopUp, *, came_back=frozenset(), problem: str = "", asked: int = 0) -> dict:
    """What _top_up_state.html needs.

    `came_back` is how the member left Stripe's page: "paid", "left" or neither. `poll` is the number of seconds after
    which the page asks again, having `asked` so many times; None when it is no use.
    """
    waits = top_up.status == TopUp.Status.PROCESSING or (top_up.status == TopUp.Status.OPEN and "paid" in came_back)
    return {
        "top_up": top_up,
        "balances": balances(top_up.member),
        "met": queries.debt_met_by(top_up) if top_up.status == TopUp.Status.PAID else None,
        "came_back": came_back,
        "problem": problem,
        "asked": asked + 1,
        "poll": ASK_AFTER[asked] if waits and asked < len(ASK_AFTER) else None,
    }


@require_safe
@requires(Perm.BILLING_READ)
def index(request):
    """/admin/billing/: the Billing Platform."""
    return render(request, "billing/index.html")


@require_safe
@requires(Perm.BILLING_READ)
def disputes(request):
    """/admin/billing/disputes/: what banks took back or ask about, and what members owe."""
    return render(request, "billing/disputes.html")


@require_safe
@requires(Perm.BILLING_READ)
def reconciliation(request):
    """/admin/billing/reconciliation/: the proof that nothing is missing, by day, and what is."""
    return render(request, "billing/reconciliation.html", {"period": PeriodForm.of(request)})


@require_safe
@requires(Perm.BILLING_READ)
def event(request, pk):
    """/admin/billing/events/<id>/: one event of Stripe with its payload and what became of it."""
    found = get_object_or_404(StripeEvent, pk=pk)
    payload = payloads.readable(found.payload, with_people=sees_addresses(request.user))
    payload = json.dumps(json.loads(payload), indent=1 if len(payload) < READABLE else None)
    return render(request, "billing/event.html", {"event": found, "payload": payload})


@require_safe
@requires(Perm.BILLING_READ)
def transaction(request, pk):
    """/admin/billing/transactions/<id>/: one ledger transaction with the entries that make it up."""
    rows = top_up_details.with_top_up(Transaction.objects.select_related("member", "actor", "reverses"))
    found = get_object_or_404(rows, pk=pk)
    context = {
        "transaction": found,
        "amount": wording.signed_amount(found),
        "entries": entries(pk),
        "belongs": belongings.of(found),
        "reversal": Transaction.objects.filter(reverses=found).first(),
    }
    return render(request, "billing/transaction.html", context)


@require_safe
@requires(Perm.BILLING_READ)
def event_payload(request, pk):
    """/admin/billing/events/<id>/payload.json: the bytes as Stripe sent them, without what one may not see."""
    found = get_object_or_404(StripeEvent, pk=pk)
    payload = payloads.readable(found.payload, with_people=sees_addresses(request.user))
    return HttpResponse(payload, content_type="application/json; charset=utf-8")


@require_safe
@requires(Perm.BILLING_READ)
def staff_top_up(request, pk):
    """/admin/billing/top-ups/<id>/: one payment, its refunds, its failed attempts and what is left of it."""
    found = _payment(TopUp, pk)
    context = {"top_up": found, **_failed(found.failed_payments.with_outcome())}
    return render(request, "billing/staff_top_up.html", context)


@require_safe
@requires(Perm.BILLING_REFUND)
@confirmed("to refund a payment")
def new_refund(request, pk):
    """/admin/billing/top-ups/<id>/refunds/new/: the form of a refund."""
    found = _payment(TopUp, pk)
    return render(request, "billing/new_refund.html", {"top_up": found, **refund_form(request, found)})


def refund_form(request, payment) -> dict:
    """The form of a refund of a top-up or of an invoice, filled with all that is left, or as it was typed before."""
    left = RefundRequest.objects.left(payment)
    kept = typed_before(request)
    typed = {name: kept[name] for name in ("amount", "stripe_reason", "reason") if name in kept}
    initial = {"amount": f"{left:.2f}", **typed, "form_key": uuid.uuid4()}
    return {"left": left, "form": RefundForm(payment, by=request.user, initial=initial)}


@require_safe
@requires(Perm.BILLING_READ)
def staff_invoice(request, pk):
    """/admin/billing/invoices/<id>/: one invoice for Premium, its failed attempts, and what is left of its money."""
    found = _payment(Invoice, pk)
    context = {"invoice": found, **_failed(found.failed_attempts.all())}
    return render(request, "billing/staff_invoice.html", context)


@require_safe
@requires(Perm.BILLING_REFUND)
@confirmed("to refund a payment")
def new_invoice_refund(request, pk):
    """/admin/billing/invoices/<id>/refunds/new/: the form of a refund of Premium."""
    found = _payment(Invoice, pk)
    return render(request, "billing/new_invoice_refund.html", {"invoice": found, **refund_form(request, found)})


def _payment(model, pk):
    return get_object_or_404(model.objects.select_related("member"), pk=pk)


def _failed(attempts) -> dict:
    """The attempts of a payment that came to nothing, and what may have become of one."""
    return {"attempts": attempts, "outcomes": dict(attempts.model.Outcome.choices)}
