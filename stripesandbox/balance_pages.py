"""The balance, and payouts by hand."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from stripesandbox import balance, payouts, records
from stripesandbox.acts import act
from stripesandbox.errors import StripeError
from stripesandbox.events import Cause
from stripesandbox.forms import PayoutForm, cents

ROWS = 100


@require_GET
def money(request):
    """What is available, what is pending, what went to the bank."""
    return _money_page(request, PayoutForm())


def _money_page(request, form: PayoutForm, status: int = 200):
    entries = records.of("balance_transaction")
    context = {
        "sums": balance.sums(),
        "payouts": records.of("payout")[:ROWS],
        "entries": [balance.as_of_now(entry.wire) for entry in entries[:ROWS]],
        "form": form,
        "daily": payouts.schedule() == payouts.DAILY,
    }
    return render(request, "stripesandbox/balance.html", context, status=status)


@require_POST
def pay_out(request):
    """Send money to the bank: an amount by hand, or all that is available as Stripe's own payout."""
    form = PayoutForm(request.POST)
    if form.is_valid():
        try:
            with transaction.atomic():
                payout = payouts.add(Cause(), cents(form.cleaned_data["amount"]))
            messages.success(request, f"On its way to the bank: {payout.id}")
            return redirect("money")
        except StripeError as error:
            form.add_error("amount", str(error))
    return _money_page(request, form, status=422)


@require_POST
def set_schedule(request):
    """Stripe pays out by itself at each midnight, or leaves it to the owner."""
    with transaction.atomic():
        payouts.set_schedule(payouts.DAILY if request.POST.get("interval") == payouts.DAILY else payouts.MANUAL)
    messages.success(request, f"Payouts are {payouts.schedule()} from now on.")
    return redirect("money")


@require_POST
def send_payout(request, id):
    """A payout leaves for the bank."""
    act(request, payouts.send, "payout", id, f"{id} is in transit.")
    return redirect("money")


@require_POST
def cancel_payout(request, id):
    """Call a payout back."""
    act(request, payouts.cancel_record, "payout", id, f"{id} is canceled.")
    return redirect("money")


@require_POST
def pay_payout(request, id):
    """A payout arrives."""
    act(request, payouts.pay, "payout", id, f"{id} has arrived.")
    return redirect("money")


@require_POST
def fail_payout(request, id):
    """The bank sends a payout back."""
    act(request, payouts.fail, "payout", id, f"The bank has sent {id} back.")
    return redirect("money")
