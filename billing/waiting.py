"""Pages that wait for Stripe's word, and ask for it by themselves should it be late."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.models import User
from billing import stripe_api
from billing.turns import turn


def look_again(request, look: Callable[[User], bool], *, home: str, still: str, late: str) -> HttpResponse:
    """Go `home` once `look` finds at Stripe what the member waits for, and be `still` until then.

    Where Stripe does not answer, whoever pressed a button reads `late`; the page that asks by itself asks again.
    """
    try:
        with turn(request.user):
            found = look(request.user)
    except (stripe_api.Unreachable, stripe_api.Rejected, stripe_api.NotConfigured):
        found = False
        if not request.htmx:
            messages.error(request, f"Stripe has not answered yet. {late}")
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": home} if found else {})
    return redirect(home if found else still)
