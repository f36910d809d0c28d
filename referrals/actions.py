"""What staff decide about referrals that are held. POST only."""

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from accounts.access import confirmed, requires
from accounts.permissions import Perm
from referrals import rewards
from referrals.models import Referral
from ui import actions

PAGE = "/admin/referrals/"


@require_POST
@requires(Perm.REFERRALS_MANAGE)
@confirmed("to decide about a reward")
def release_referral(request, pk):
    """There is no fault: the reward goes its way."""
    done = rewards.release(get_object_or_404(Referral, pk=pk), by=request.user)
    toast = "Released. Both get their reward with the first top-up, or now if it is paid." if done else DECIDED
    return actions.done(request, "referrals-changed", toast=toast, redirect=PAGE)


@require_POST
@requires(Perm.REFERRALS_MANAGE)
@confirmed("to decide about a reward")
def refuse_referral(request, pk):
    """No reward for this one."""
    done = rewards.refuse(get_object_or_404(Referral, pk=pk), by=request.user)
    toast = "Refused. Neither gets a reward; it can still be released." if done else DECIDED
    return actions.done(request, "referrals-changed", toast=toast, redirect=PAGE)


DECIDED = "Somebody has decided that already."
