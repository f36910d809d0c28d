"""What staff do at Stripe and about what it said: refund, replay, reconcile, configure."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from accounts.access import confirmed, requires
from accounts.permissions import Perm
from billing import reconciliation, repairs, staff_refunds, stripe_events
from billing.forms import RefundForm
from billing.models import Difference, RefundRequest, StripeEvent, TopUp
from billing.models.adjustment import NotAllowed
from billing.models.refund_request import TooMuch
from memberships.models import Invoice
from tunables import catalog, editing
from ui import actions
from ui.format import money

BILLING = "/admin/billing/"
RECONCILIATION = "/admin/billing/reconciliation/"


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
    what = "1 difference is" if count == 1 else f"{count} differences are"
    toast = f"{what} being repaired." if count else "Nothing to repair: it is settled, or under way."
    return actions.done(request, "billing-changed", toast=toast, redirect=RECONCILIATION)


@require_POST
@requires(Perm.BILLING_REFUND)
@confirmed("to refund a payment", page="billing:new_refund")
def refund_top_up(request, pk):
    """Ask Stripe to refund a payment or a part of it; what became of it shows on the page of the top-up."""
    top_up = get_object_or_404(TopUp.objects.select_related("member"), pk=pk)
    return _refund(request, top_up, "billing/new_refund.html", {"top_up": top_up})


@require_POST
@requires(Perm.BILLING_REFUND)
@confirmed("to refund a payment", page="billing:new_invoice_refund")
def refund_invoice(request, pk):
    """The same of what was paid for Premium, and of the page of its invoice."""
    invoice = get_object_or_404(Invoice.objects.select_related("member"), pk=pk)
    return _refund(request, invoice, "billing/new_invoice_refund.html", {"invoice": invoice})


def _refund(request, payment, template: str, context: dict):
    """The form of a refund, sent: Stripe is asked once, and what it refuses is told beside what was typed."""
    form, refused = RefundForm(payment, request.POST, by=request.user), False
    if form.is_valid():
        try:
            asked = staff_refunds.start(payment, by=request.user, **form.asked)
        except NotAllowed as error:
            form.add_error("amount" if isinstance(error, TooMuch) else None, str(error))
        else:
            if asked.status != RefundRequest.Status.REFUSED:
                toast = f"Stripe is asked to refund {money(asked.amount)}."
                return actions.done(request, "billing-changed", toast=toast, redirect=asked.url)
            refused, too_much = True, asked.error_code == staff_refunds.TOO_MUCH
            form.again(staff_refunds.refusal(asked), field="amount" if too_much else None)
    context |= {"left": RefundRequest.objects.left(payment), "form": form, "refused": refused}
    return render(request, template, context, status=422)


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
@confirmed("to change how top-ups work")
def change_tunable(request, key):
    """Save one key of the top-up configuration."""
    return editing.change(request, catalog.TOPUP, key, room="billing", back=BILLING)


@require_POST
@requires(Perm.BILLING_CONFIGURE)
@confirmed("to change how top-ups work")
def reset_tunable(request, key):
    """One key of the top-up configuration back to its default."""
    return editing.reset(request, catalog.TOPUP, key, room="billing", back=BILLING)
