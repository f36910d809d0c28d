"""The page of the calls to action, and the address behind every one of them."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from ctas import placements
from tunables import values
from ui.periods import PeriodForm


@require_safe
@requires(Perm.CTAS_READ)
def index(request):
    """/admin/ctas/"""
    context = {"period": PeriodForm.of(request), "credit": values.get("signup_grant_usd")}
    return render(request, "ctas/index.html", context)


@require_safe
@login_not_required
@never_cache
def go(request, placement):
    """/go/<placement>/: count the click, then to the sign-up, which judges `next` itself."""
    if placement not in placements.PLACEMENTS:
        raise Http404
    placements.clicked(placement, request)
    then = request.GET.get("next", "")
    return redirect(reverse("account_signup") + (f"?{urlencode({'next': then})}" if then else ""))
