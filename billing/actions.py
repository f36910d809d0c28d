"""What members and staff do about money. POST only."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import confirmed, members, requires
from accounts.models import User
from accounts.permissions import Perm
from alerts.models import raise_alert
from billing import checkout, queries, reconciliation, repairs, spending, staff_refunds, stripe_api, stripe_events
from billing.forms import AdjustmentForm, DebtForm, RefundForm, SpendingForm, TopUpForm
from billing.fulfilment import Quarantined
from billing.models import CreditAdjustment, DebtDecision, Difference, RefundRequest, StripeEvent, TopUp
from billing.models.adjustment import NotAllowed
from billing.models.debt import NothingOwed
from billing.models.refund_request import TooMuch
from billing.pages import credit_context, top_up_context
from ledger import posting
from tunables import catalog, editing
from ui import actions
from ui.format import money

BILLING = "/admin/billing/"
DISPUTES = "/admin/billing/disputes/"
RECONCILIATION = "/admin/billing/reconciliation/"
SILENT = "Stripe is not answering at the moment. Nothing is lost: this page asks again."


@require_POST
@members
def start_top_up(request):
    """Go to Stripe's Checkout page for the chosen amount; 422 with the form when the amount does not fit."""
    form = TopUpForm(request.POST)
    if not form.is_valid():
        return render(request, "billing/credit.html", credit_context(request, form), status=422)
    try:
        top_up = checkout.reserve(request.user, form.cleaned_data["amount"], form.cleaned_data["form_key"])
    except checkout.DailyLimit as error:
        form.add_error("choice", str(error))
    except checkout.KeyTaken as error:
        form.add_error(None, str(error))
    else:
        return _to_payment_page(request, top_up)
    return render(request, "billing/credit.html", credit_context(request, form), status=422)


@require_POST
@members
def reopen_top_up(request, public_id):
    """Try again to open the payment page of a top-up for which Stripe did not answer."""
    return _to_payment_page(request, get_object_or_404(request.user.top_ups, public_id=public_id))


def _to_payment_page(request, top_up: TopUp):
    """Off to Stripe, or to our own page about this top-up when there is nothing to pay (yet, or any more)."""
    try:
        checkout.open_session(top_up)
    except stripe_api.Unreachable:
        return redirect(top_up)
    except (stripe_api.Rejected, stripe_api.NotConfigured) as error:
        title = "Stripe refuses to open payment pages"
        raise_alert("billing.checkout.rejected", title, str(error), severity="bad", url=BILLING)
        messages.error(request, "The payment could not be started, and nothing was charged. We have been told.")
        return redirect("billing:credit")
    return redirect(top_up.checkout_url if top_up.status == TopUp.Status.OPEN else top_up)


@require_POST
@members
def refresh_top_up(request, public_id):
    """Ask Stripe how the payment stands and apply it, exactly as its webhook would."""
    top_up = get_object_or_404(request.user.top_ups, public_id=public_id)
    problem = ""
    try:
        checkout.refresh(top_up)
    except (stripe_api.Unreachable, stripe_api.Rejected, stripe_api.NotConfigured):
        problem = SILENT
    except Quarantined as error:
        title = f"Stripe's answer does not fit top-up {top_up.pk}"
        raise_alert(f"billing.top_up.{top_up.pk}", title, str(error), severity="bad", url=BILLING)
        problem = "Stripe's answer does not fit this top-up, so nothing is credited yet. We are looking into it."
    if not request.htmx:
        return redirect(f"{top_up.get_absolute_url()}?paid=1")
    context = top_up_context(top_up, came_back={"paid"}, problem=problem, asked=_asked(request))
    return render(request, "billing/_top_up_state.html", context)


def _asked(request) -> int:
    """How many times this page has asked already; whatever else is sent counts as often enough."""
    text = request.POST.get("asked", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 99


@require_POST
@requires(Perm.CREDIT_ADJUST)
def ask_adjustment(request):
    """Grant or remove credit by hand; above the limit it waits for a second person."""
    form = AdjustmentForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            adjustment = CreditAdjustment.objects.ask(
                data["member"], data["amount"], reason=data["reason"], form_key=data["form_key"], by=request.user
            )
        except NotAllowed as error:
            form.add_error("member", str(error))
        except posting.NotCovered as error:
            form.add_error("amount", f"Not covered: {error}")
        else:
            return actions.done(request, "billing-changed", redirect=BILLING, **_outcome(adjustment))
    context = {"form": form, "recent": queries.grant_adjust()}
    return actions.invalid(request, "billing/panels/grant_adjust.html", context)


def _outcome(adjustment: CreditAdjustment) -> dict:
    """The toast for a new adjustment, with Undo when it was posted at once."""
    amount = money(abs(adjustment.amount))
    if adjustment.status == CreditAdjustment.Status.PENDING:
        return {"toast": f"{amount} waits for a second person."}
    done = "granted to" if adjustment.amount > 0 else "removed from"
    return {
        "toast": f"{amount} {done} {adjustment.member.email}.",
        "undo_url": reverse("billing:reverse_adjustment", args=[adjustment.pk]),
    }


@require_POST
@requires(Perm.CREDIT_APPROVE)
def approve_adjustment(request, pk):
    """The second person's yes."""
    return _decide(request, pk, lambda adjustment: adjustment.approve(by=request.user), "Approved and posted.")


@require_POST
@requires(Perm.CREDIT_ADJUST)
def decline_adjustment(request, pk):
    """The second person's no, or the asker's change of mind."""
    return _decide(request, pk, lambda adjustment: adjustment.decline(by=request.user), "Declined.")


@require_POST
@requires(Perm.CREDIT_ADJUST)
def reverse_adjustment(request, pk):
    """Undo a posted adjustment by a counter-entry."""
    return _decide(request, pk, lambda adjustment: adjustment.reverse(by=request.user), "Reversed by a counter-entry.")


def _decide(request, pk, act, toast: str):
    adjustment = get_object_or_404(CreditAdjustment, pk=pk)
    try:
        act(adjustment)
    except (NotAllowed, posting.NotCovered, posting.Refused) as error:
        return actions.done(request, "billing-changed", toast=str(error), redirect=BILLING)
    return actions.done(request, "billing-changed", toast=toast, redirect=BILLING)


@require_POST
@requires(Perm.DEBTS_DECIDE)
def decide_debt(request, pk):
    """Block, carry or write off what a member owes."""
    member = get_object_or_404(User, pk=pk)
    may_write_off = request.user.can(Perm.DEBTS_WRITE_OFF)
    form = DebtForm(request.POST, may_write_off=may_write_off, auto_id=f"debt-{pk}-%s")
    if form.is_valid():
        try:
            decision = DebtDecision.objects.decide(member, by=request.user, **form.cleaned_data)
        except NothingOwed as error:
            form.add_error(None, str(error))
        else:
            return actions.done(request, "billing-changed", redirect=DISPUTES, **_debt_toast(decision))
    return actions.invalid(request, "billing/_debt_form.html", {"form": form, "member": member})


def _debt_toast(decision: DebtDecision) -> dict:
    """What was decided; a write-off can be undone."""
    if decision.choice == DebtDecision.Choice.WRITE_OFF:
        undo = reverse("billing:reopen_debt", args=[decision.pk])
        return {"toast": f"{money(decision.amount)} of {decision.member.email} written off.", "undo_url": undo}
    words = "is blocked until" if decision.choice == DebtDecision.Choice.BLOCK else "may spend granted credit until"
    return {"toast": f"{decision.member.email} {words} {money(decision.amount)} is paid."}


@require_POST
@requires(Perm.DEBTS_WRITE_OFF)
def reopen_debt(request, pk):
    """Undo a write-off."""
    decision = get_object_or_404(DebtDecision, pk=pk, transaction_id__isnull=False)
    done = decision.reopen(by=request.user)
    toast = f"{decision.member.email} owes it again." if done else "It was undone already."
    return actions.done(request, "billing-changed", toast=toast, redirect=DISPUTES)


@require_POST
@requires(Perm.CREDIT_FREEZE)
def freeze_member(request, pk):
    """Refuse a member's new charges and holds until somebody thaws them."""
    return _spending(request, pk, spending.freeze, "frozen", undo="billing:thaw_member")


@require_POST
@requires(Perm.CREDIT_FREEZE)
def thaw_member(request, pk):
    """Let a member spend again; `?undo` is the freeze of a moment ago taken back."""
    return _spending(request, pk, spending.thaw, "thawed")


def _spending(request, pk, act, done: str, undo: str = ""):
    member = get_object_or_404(User, pk=pk)
    if member == request.user:
        return actions.done(request, toast="A colleague must do that for you.", redirect=f"/admin/users/{pk}/")
    form = SpendingForm({"reason": "Undone"} if "undo" in request.GET else request.POST)
    if not form.is_valid():
        context = {"form": form, "member": member, "freezes": act is spending.freeze}
        return actions.invalid(request, "billing/_spending_form.html", context)
    changed = act(member, form.cleaned_data["reason"], by=request.user)
    said = f"Spending of {member.email} is {done}" if changed else f"Spending of {member.email} was {done} already"
    undo_url = f"{reverse(undo, args=[pk])}?undo" if undo and changed else None
    changes = "billing-changed accounts-changed selfcheck-changed"
    return actions.done(request, changes, toast=f"{said}.", undo_url=undo_url, redirect=f"/admin/users/{pk}/")


@require_POST
@requires(Perm.BILLING_RECONCILE)
def start_reconciliation(request):
    """Prove now that nothing is missing. One at a time."""
    try:
        reconciliation.start(by=request.user)
        toast = "Reconciling with Stripe. You can leave this page."
    except reconciliation.Running:
        toast = "A reconciliation is running already."
    return actions.done(request, "billing-changed", toast=toast, redirect=RECONCILIATION)


@require_POST
@requires(Perm.BILLING_RECONCILE)
def repair_difference(request, pk):
    """Do what should have happened, for one difference."""
    get_object_or_404(Difference, pk=pk)
    return _repair(request, Difference.objects.filter(pk=pk))


@require_POST
@requires(Perm.BILLING_RECONCILE)
def repair_differences(request):
    """Do what should have happened, for every open difference."""
    return _repair(request, Difference.objects.all())


def _repair(request, differences):
    count = repairs.ask_repair(differences, by=request.user)
    toast = f"Being repaired: {count}." if count else "Nothing to repair: it is settled, or under way."
    return actions.done(request, "billing-changed", toast=toast, redirect=RECONCILIATION)


@require_POST
@requires(Perm.BILLING_REFUND)
@confirmed
def refund_top_up(request, pk):
    """Ask Stripe to refund a payment or a part of it; what became of it shows on the page of the top-up."""
    top_up = get_object_or_404(TopUp.objects.select_related("member"), pk=pk)
    form, refused = RefundForm(top_up, request.POST), False
    if form.is_valid():
        try:
            asked = staff_refunds.start(top_up, by=request.user, **form.asked)
        except NotAllowed as error:
            form.add_error("amount" if isinstance(error, TooMuch) else None, str(error))
        else:
            if asked.status != RefundRequest.Status.REFUSED:
                toast = f"Stripe is asked to refund {money(asked.amount)}."
                return actions.done(request, "billing-changed", toast=toast, redirect=asked.url)
            refused, too_much = True, asked.error_code == staff_refunds.TOO_MUCH
            form.again(staff_refunds.refusal(asked), field="amount" if too_much else None)
    context = {"top_up": top_up, "left": RefundRequest.objects.left(top_up), "form": form, "refused": refused}
    return render(request, "billing/new_refund.html", context, status=422)


@require_POST
@requires(Perm.BILLING_REPLAY)
def replay_event(request, pk):
    """Put a stored event back in the queue."""
    event = get_object_or_404(StripeEvent, pk=pk)
    queued = stripe_events.replay(event, by=request.user)
    toast = f"{event.event_id} is queued again." if queued else f"{event.event_id} is applied already."
    return actions.done(request, "billing-changed", toast=toast, redirect=BILLING)


@require_POST
@requires(Perm.BILLING_CONFIGURE)
def change_tunable(request, key):
    """Save one key of the top-up configuration."""
    return editing.change(request, catalog.TOPUP, key, room="billing", back=BILLING)


@require_POST
@requires(Perm.BILLING_CONFIGURE)
def reset_tunable(request, key):
    """One key of the top-up configuration back to its default."""
    return editing.reset(request, catalog.TOPUP, key, room="billing", back=BILLING)
