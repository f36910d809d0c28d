"""What members do about their plan. POST only."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import confirmed, members
from accounts.plans import override_of
from alerts.models import raise_alert
from billing import payment_page, stripe_api
from billing.turns import AskedAlready, opening
from billing.waiting import look_again
from memberships import checkout, doubles, portal
from memberships.models import Enrolment, Interval
from memberships.pages import waits_for
from tunables import values

PURPOSE, PAGE = "to see to your plan and card", "memberships:membership"
TO_PAY = "to pay for Premium"
BUSY = "Stripe has not answered yet, and nothing was charged. Try again in a moment."


@require_POST
@members
@confirmed(TO_PAY, page=PAGE)
def subscribe(request):
    """Go to Stripe's Checkout page for Premium, by month or by year."""
    if not values.get("premium_offered"):
        messages.error(request, "Premium is not offered at the moment.")
        return redirect(PAGE)
    if override_of(request.user):  # whatever is paid, the plan would be the one that staff gave
        messages.info(request, "We set your plan: there is nothing to pay now.")
        return redirect(PAGE)
    interval = request.POST.get("interval")
    if interval not in Interval.values:
        messages.error(request, "Choose by month or by year.")
        return redirect(PAGE)
    return _to_stripe(request, lambda: checkout.start(request.user, interval))


@require_POST
@members
@confirmed(PURPOSE, page=PAGE)
def open_portal(request):
    """Go to Stripe's portal: card, plan, invoices, the end. Of what runs: what ended may be another customer's."""
    mine = next(iter(doubles.running(request.user)), None) or request.user.subscriptions.first()
    if mine is None:
        return redirect(PAGE)
    return _to_stripe(request, lambda: portal.address_of(mine))


@require_POST
@members
def refresh_membership(request):
    """Look whether Premium has begun after the payment; the page that waits for it asks by itself."""
    page = reverse(PAGE)
    late = "Premium shows here as soon as it answers."
    return look_again(request, checkout.look_again, waits_for, home=page, still=f"{page}?paid=1", late=late)


def _to_stripe(request, ask):
    try:
        with opening(request.user):
            answer = ask()
    except payment_page.AccountGone as error:
        raise Http404 from error
    except checkout.NotNow as error:
        messages.info(request, str(error))
    except AskedAlready as error:
        messages.info(request, f"{error} Press once more in a moment.")
    except stripe_api.Unreachable:
        messages.error(request, BUSY)
    except (stripe_api.Rejected, stripe_api.NotConfigured) as error:
        title = "Stripe refuses what members ask for about Premium"
        raise_alert("memberships.checkout.rejected", title, str(error), severity="bad", url="/admin/billing/")
        messages.error(request, "This could not be started, and nothing was charged. We have been told.")
    else:
        return redirect(answer.checkout_url if isinstance(answer, Enrolment) else answer)
    return redirect(PAGE)
