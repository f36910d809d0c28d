"""What members do: start a payment, go on with it, ask how it stands."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.access import members
from alerts.models import raise_alert
from billing import checkout, payment_page, stripe_api
from billing.forms import TopUpForm
from billing.models import TopUp
from billing.pages import credit_context, top_up_context
from billing.stripe_objects import Quarantined
from billing.turns import AskedAlready, opening, turn
from billing.waiting import asked

BILLING = "/admin/billing/"
SILENT = "Stripe has not answered yet. Nothing is lost: this page asks again."


@require_POST
@members
def start_top_up(request):
    """Go to Stripe's Checkout page for the chosen amount; 422 with the form when the amount does not fit."""
    form = TopUpForm(request.POST)
    if not form.is_valid():
        return render(request, "billing/credit.html", credit_context(request, form), status=422)
    try:
        top_up = checkout.reserve(request.user, form.cleaned_data["amount"], form.cleaned_data["form_key"])
    except payment_page.AccountGone as error:
        raise Http404 from error
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
        with opening(request.user):
            checkout.open_session(top_up)
    except AskedAlready as error:
        top_up.refresh_from_db()
        if top_up.status == TopUp.Status.CREATING:
            messages.info(request, str(error))
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
        with turn(request.user):
            checkout.refresh(top_up)
    except AskedAlready as error:
        problem = str(error)
    except (stripe_api.Unreachable, stripe_api.Rejected, stripe_api.NotConfigured):
        problem = SILENT
    except Quarantined as error:
        title = f"Stripe's answer does not fit top-up {top_up.pk}"
        raise_alert(f"billing.top_up.{top_up.pk}", title, str(error), severity="bad", url=BILLING)
        problem = "Stripe's answer does not fit this top-up, so nothing is credited yet. We are looking into it."
    if not request.htmx:
        return redirect(f"{top_up.get_absolute_url()}?paid=1")
    context = top_up_context(top_up, came_back={"paid"}, problem=problem, asked=asked(request))
    return render(request, "billing/_top_up_state.html", context)
