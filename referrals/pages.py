"""The page of Referrals & Acquisition."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from referrals.panels import PRESETS
from tunables import values
from ui.periods import PeriodForm


@require_safe
@requires(Perm.REFERRALS_READ)
def index(request):
    """/admin/referrals/"""
    context = {
        "period": PeriodForm.of(request, PRESETS),
        "presets": PRESETS,
        "limit": values.get("share_code_weekly_limit"),
        "reward": values.get("referral_reward_usd"),
    }
    return render(request, "referrals/index.html", context)
