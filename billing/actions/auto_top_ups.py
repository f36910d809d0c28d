"""What members do about auto top-ups and the card behind them; and staff, who may stop them."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

import tunables.values
from accounts.access import confirmed, members, requires
from accounts.models import User
from accounts.permissions import Perm
from alerts.models import raise_alert
from billing import auto_settings, payment_page, saved_cards, stripe_api
from billing.auto_pages import WAITS, auto_top_up_context
from billing.forms import AutoTopUpForm, StopForm
from billing.turns import AskedAlready, opening
from billing.waiting import look_again
from ui import actions

PAGE = "billing:auto_top_up"
BUSY = "Stripe has not answered yet, and nothing was saved. Try again in a moment."
NOT_OFFERED = "Auto top-up is not offered at the moment."


@require_POST
@members
@confirmed("to have credit topped up by itself", page=PAGE)
def agree_auto_top_up(request):
    """Turn it on, or change what is charged; 422 with the form when a sum does not fit."""
    form = AutoTopUpForm(request.POST)
    if not tunables.values.get("auto_topup_offered"):
        messages.error(request, NOT_OFFERED)
    elif not form.is_valid():
        return render(request, "billing/auto_top_up.html", auto_top_up_context(request, form), status=422)
    else:
        try:
            auto_settings.agree(request.user, **form.sums)
            messages.success(request, "Auto top-up is on.")
        except auto_settings.NoCard as error:
            messages.error(request, str(error))
    return redirect(PAGE)


@require_POST
@members
def end_auto_top_up(request):
    """Turn it off. The card stays until it is removed."""
    if auto_settings.turn_off(request.user, by=request.user):
        messages.success(request, "Auto top-up is off. Nothing is charged by itself any more.")
    return redirect(PAGE)


@require_POST
@members
@confirmed("to save a card", page=PAGE)
def save_card(request):
    """Go to Stripe's page, where a card is saved and nothing is paid."""
    if not tunables.values.get("auto_topup_offered"):
        messages.error(request, NOT_OFFERED)
        return redirect(PAGE)
    try:
        with opening(request.user):
            setup = saved_cards.start(request.user)
    except payment_page.AccountGone as error:
        raise Http404 from error
    except AskedAlready as error:
        messages.info(request, f"{error} Press once more in a moment.")
    except stripe_api.Unreachable:
        messages.error(request, BUSY)
    except (stripe_api.Rejected, stripe_api.NotConfigured) as error:
        title = "Stripe refuses to open pages on which cards are saved"
        raise_alert("billing.card_setup.rejected", title, str(error), severity="bad", url="/admin/billing/")
        messages.error(request, "This could not be started, and nothing was saved. We have been told.")
    else:
        return redirect(setup.checkout_url or PAGE)
    return redirect(PAGE)


@require_POST
@members
def refresh_card(request):
    """Ask Stripe for the card that was just saved, should its word be late; the page that waits asks by itself."""
    page = reverse(PAGE)
    late = "Your card shows here as soon as it answers."
    return look_again(request, saved_cards.refresh, lambda member: WAITS, home=page, still=page, late=late)


@require_POST
@members
def remove_card(request):
    """The card goes, here and at Stripe."""
    if saved_cards.remove(request.user, by=request.user):
        messages.success(request, "Your card is removed, and auto top-up is off.")
    return redirect(PAGE)


@require_POST
@requires(Perm.CREDIT_FREEZE)
@confirmed("to turn off an auto top-up")
def stop_auto_top_up(request, pk):
    """Staff turn it off, with a reason; only the member can turn it on again."""
    member, back = get_object_or_404(User, pk=pk), f"/admin/users/{pk}/"
    form = StopForm(request.POST)
    if not form.is_valid():
        return actions.invalid(request, "billing/_stop_auto_form.html", {"form": form, "member": member})
    stopped = auto_settings.turn_off(member, by=request.user, reason=form.cleaned_data["reason"])
    toast = f"Auto top-up of {member.email} is off." if stopped else "It was off already."
    return actions.done(request, "billing-changed accounts-changed", toast=toast, redirect=back)
