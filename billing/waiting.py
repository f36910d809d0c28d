"""Pages that wait for Stripe's word, and ask for it by themselves should it be late."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.models import User
from alerts.models import raise_once
from billing import stripe_api
from billing.turns import AskedAlready, turn

ASK_AFTER = (1, 2, 3, 5, 10, 30, 60)  # seconds; then the page stops asking, and says so


@dataclass(frozen=True)
class Wait:
    """What _waits.html says while it asks, and the address that it asks, having `asked` so many times."""

    says: str
    address: str
    asked: int = 0

    @property
    def poll(self) -> int | None:
        """After how many seconds it asks again; None once it was often enough."""
        return ASK_AFTER[self.asked] if self.asked < len(ASK_AFTER) else None


def asked(request) -> int:
    """How many times this page has asked already; whatever else is sent counts as often enough."""
    text = request.POST.get("asked", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 99


def look_again(
    request, look: Callable[[User], bool], says: Callable[[User], str], *, home: str, still: str, late: str
) -> HttpResponse:
    """Go `home` once `look` finds at Stripe that there is nothing to wait for any more, and be `still` until then.
    `says` is asked afterwards what the page says while it waits.

    Where Stripe does not answer, whoever pressed a button reads `late`; the page that asks by itself asks again. A
    definite no is told to staff.
    """
    over, problem = False, ""
    try:
        with turn(request.user):
            over = look(request.user)
    except AskedAlready as error:
        problem = f"{error} {late}"
    except stripe_api.Unreachable:
        problem = f"Stripe has not answered yet. {late}"
    except (stripe_api.Rejected, stripe_api.NotConfigured) as error:
        title = "Stripe refuses what a page that waits for a payment asks"
        raise_once("billing.waiting.rejected", title, str(error), severity="bad", url="/admin/billing/")
        problem = "Stripe could not be asked. Nothing is lost, and we have been told."
    if not request.htmx:
        if problem:
            messages.error(request, problem)
        return redirect(home if over else still)
    if over:
        return HttpResponse(status=204, headers={"HX-Redirect": home})
    return render(request, "billing/_waits.html", {"wait": Wait(says(request.user), request.path, asked(request) + 1)})
