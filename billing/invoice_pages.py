"""One invoice for Premium as staff see it, and its refunds: the page, the form and the act."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import confirmed, requires
from accounts.permissions import Perm
from billing.actions.stripe import refund
from billing.pages import refund_form
from memberships.models import FailedAttempt, Invoice

FORM = "billing/new_invoice_refund.html"


def _found(pk: int) -> Invoice:
    return get_object_or_404(Invoice.objects.select_related("member"), pk=pk)


@require_safe
@requires(Perm.BILLING_READ)
def staff_invoice(request, pk):
    """/admin/billing/invoices/<id>/: what it was for, its failed attempts, and what is left of its money."""
    found = _found(pk)
    context = {
        "invoice": found,
        "attempts": found.failed_attempts.with_outcome(),
        "outcomes": dict(FailedAttempt.Outcome.choices),
    }
    return render(request, "billing/staff_invoice.html", context)


@require_safe
@requires(Perm.BILLING_REFUND)
@confirmed("to refund a payment")
def new_invoice_refund(request, pk):
    """/admin/billing/invoices/<id>/refunds/new/: the form of a refund."""
    found = _found(pk)
    return render(request, FORM, {"invoice": found, **refund_form(request, found)})


@require_POST
@requires(Perm.BILLING_REFUND)
@confirmed("to refund a payment", page="billing:new_invoice_refund")
def refund_invoice(request, pk):
    """Ask Stripe to refund what was paid for Premium or a part of it; the invoice's page shows what becomes of it."""
    found = _found(pk)
    return refund(request, found, FORM, {"invoice": found}, "billing-changed")
