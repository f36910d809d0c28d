"""What staff do about a member's credit: by hand, about a debt, about all spending."""

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import confirmed, requires
from accounts.models import User
from accounts.permissions import Perm
from billing import queries, spending
from billing.forms import AdjustmentForm, DebtForm, SpendingForm
from billing.models import CreditAdjustment, DebtDecision
from billing.models.adjustment import NotAllowed
from ledger import posting
from ledger.queries import balances
from ui import actions
from ui.format import money

BILLING = "/admin/billing/"
DISPUTES = "/admin/billing/disputes/"


@require_POST
@requires(Perm.CREDIT_ADJUST)
@confirmed("to grant or remove credit")
def ask_adjustment(request):
    """Grant or remove credit by hand; above the limit it waits for a second person."""
    form = AdjustmentForm(request.POST, by=request.user)
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
@confirmed("to approve credit")
def approve_adjustment(request, pk):
    """The second person's yes."""
    return _decide(request, pk, lambda adjustment: adjustment.approve(by=request.user), "Approved and posted.")


@require_POST
@requires(Perm.CREDIT_ADJUST)
@confirmed("to decline an adjustment")
def decline_adjustment(request, pk):
    """The second person's no, or the asker's change of mind."""
    return _decide(request, pk, lambda adjustment: adjustment.decline(by=request.user), "Declined.")


@require_POST
@requires(Perm.CREDIT_ADJUST)
@confirmed("to take an adjustment back")
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
    """Block, carry or write off what a member owes; a write-off asks for the password first."""
    writes_off = request.POST.get("choice") == DebtDecision.Choice.WRITE_OFF
    return (confirmed("to write off a debt")(_decide_debt) if writes_off else _decide_debt)(request, pk)


def _decide_debt(request, pk):
    member = get_object_or_404(User, pk=pk)
    owed, may_write_off = balances(member).debt, request.user.can(Perm.DEBTS_WRITE_OFF)
    form = DebtForm(request.POST.dict(), owed=owed, may_write_off=may_write_off, auto_id=f"debt-{pk}-%s")
    if form.is_valid():
        try:
            decision = DebtDecision.objects.decide(member, by=request.user, **form.cleaned_data)
        except NotAllowed as error:
            form.add_error(None, str(error))
            form.data = form.data | {"owed": str(balances(member).debt)}
        else:
            return actions.done(request, "billing-changed", redirect=DISPUTES, **_debt_toast(decision))
    return actions.invalid(request, "billing/_debt_form.html", {"form": form, "member": member, "owed": owed})


def _debt_toast(decision: DebtDecision) -> dict:
    """What was decided; a write-off can be undone."""
    if decision.choice == DebtDecision.Choice.WRITE_OFF:
        undo = reverse("billing:reopen_debt", args=[decision.pk])
        return {"toast": f"{money(decision.amount)} of {decision.member.email} written off.", "undo_url": undo}
    words = "is blocked until" if decision.choice == DebtDecision.Choice.BLOCK else "may spend granted credit until"
    return {"toast": f"{decision.member.email} {words} {money(decision.amount)} is paid."}


@require_POST
@requires(Perm.DEBTS_WRITE_OFF)
@confirmed("to undo a write-off")
def reopen_debt(request, pk):
    """Undo a write-off."""
    decision = get_object_or_404(DebtDecision, pk=pk, transaction_id__isnull=False)
    try:
        done = decision.reopen(by=request.user)
        toast = f"{decision.member.email} owes it again." if done else "It was undone already."
    except NotAllowed as error:
        toast = str(error)
    return actions.done(request, "billing-changed", toast=toast, redirect=DISPUTES)


@require_POST
@requires(Perm.CREDIT_FREEZE)
@confirmed("to freeze spending")
def freeze_member(request, pk):
    """Refuse a member's new charges and holds until somebody thaws them."""
    return _spending(request, pk, "frozen")


@require_POST
@requires(Perm.CREDIT_FREEZE)
@confirmed("to thaw spending")
def thaw_member(request, pk):
    """Let a member spend again, if the reasons that stand are those that were shown."""
    return _spending(request, pk, "thawed")


def _spending(request, pk, done: str):
    member = get_object_or_404(User, pk=pk)
    if member == request.user:
        return actions.done(request, toast="A colleague must do that for you.", redirect=f"/admin/users/{pk}/")
    form, changed = SpendingForm(request.POST.dict()), None
    if form.is_valid():
        reason, seen = form.cleaned_data["reason"], form.cleaned_data["seen"]
        try:
            if done == "frozen":
                changed = spending.freeze(member, reason, by=request.user)
            else:
                changed = spending.thaw(member, reason, seen=seen, by=request.user)
        except spending.Changed as error:
            form.add_error(None, str(error))
            form.data = form.data | {"seen": error.reason}
    if changed is None:
        context = {"form": form, "member": member, "freezes": done == "frozen"}
        return actions.invalid(request, "billing/_spending_form.html", context)
    said = f"Spending of {member.email} is {done}" if changed else f"Spending of {member.email} was {done} already"
    changes = "billing-changed accounts-changed selfcheck-changed"
    return actions.done(request, changes, toast=f"{said}.", redirect=f"/admin/users/{pk}/")
