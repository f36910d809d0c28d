"""Disputes and fraud warnings by hand, from the page of a payment."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from stripesandbox import dashboard, disputes, fraud_warnings, records
from stripesandbox.acts import act
from stripesandbox.errors import StripeError
from stripesandbox.events import Cause
from stripesandbox.forms import DisputeForm, cents
from stripesandbox.models import Record

LABELS = {
    "review": "Send evidence",
    "win": "Let us win",
    "lose": "Let us lose",
    "close_warning": "Close the inquiry",
    "escalate": "Make it a chargeback",
    "appeal": "Allow an appeal",
}


def shown(intent: str) -> list[dict]:
    """The disputes of a payment with what can come of each now."""
    rows = []
    for dispute in records.of("dispute", payment_intent=intent):
        steps = [(verb, label) for verb, label in LABELS.items() if dispute["status"] in disputes.STEPS[verb]]
        rows.append({"dispute": dispute, "steps": steps, "winnable": "win" in dict(steps)})
    return rows


@require_GET
def dispute(request, id):
    """Where Stripe's Dashboard shows a dispute; here its payment does."""
    found = get_object_or_404(Record, kind="dispute", id=id)
    return redirect("payment", id=found["payment_intent"])


@require_POST
def open_dispute(request, id):
    """The customer's bank disputes the payment."""
    intent = get_object_or_404(Record, kind="payment_intent", id=id)
    form = DisputeForm(request.POST)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            with transaction.atomic():
                charge = records.get("charge", intent["latest_charge"] or "", "charge")
                amount = cents(typed["amount"])
                disputes.open(Cause(), charge, status=typed["status"], reason=typed["reason"], amount=amount)
            messages.success(request, "The dispute is there.")
            return redirect("payment", id=id)
        except StripeError as error:
            form.add_error("amount" if error.error.get("param") == "amount" else "status", str(error))
    return dashboard.payment_page(request, intent, dispute_form=form, status=422)


@require_POST
def step_dispute(request, id, verb):
    """The next thing that happens to a dispute."""
    if verb not in disputes.STEPS:
        raise Http404
    fee_back = request.POST.get("fee_back") == "yes"
    dispute = act(request, disputes.step, "dispute", id, f"{LABELS[verb]}: done.", verb, fee_back=fee_back)
    return redirect("payment", id=dispute["payment_intent"])


@require_POST
def warn(request, id):
    """The customer's bank thinks that the card was stolen."""
    intent = get_object_or_404(Record, kind="payment_intent", id=id)
    fraud_type = request.POST.get("fraud_type") or fraud_warnings.FRAUD_TYPES[0]
    act(request, fraud_warnings.add, "charge", intent["latest_charge"] or "", "The bank has warned.", fraud_type)
    return redirect("payment", id=id)
