"""Trouble by hand: a sick Stripe, a sick post, another time of day."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from stripesandbox import clock, courier, faults, mishaps, records, timers
from stripesandbox.forms import ClockForm, FaultForm, MishapForm
from stripesandbox.models import Delivery, Switch

ROWS = 100
WAITING = (Delivery.PENDING, Delivery.SENDING)


@require_GET
def trouble(request):
    """All that can be made to go wrong, and what is wrong now."""
    return _trouble_page(request)


def _trouble_page(request, status: int = 200, **forms):
    waiting = Delivery.objects.filter(state__in=WAITING).select_related("event", "endpoint")
    context = {
        "fault": faults.ordered(),
        "mishap": mishaps.ordered(),
        "mishap_kinds": mishaps.KINDS,
        "paused": courier.paused(),
        "waiting": waiting.order_by("id")[:ROWS],
        "endpoints": records.of("webhook_endpoint"),
        "fault_form": FaultForm(),
        "mishap_form": MishapForm(),
        "clock_form": ClockForm(),
        **forms,
    }
    return render(request, "stripesandbox/trouble.html", context, status=status)


@require_POST
def order_fault(request):
    """Stripe itself is slow, broken or cut off from now on."""
    form = FaultForm(request.POST)
    if not form.is_valid():
        return _trouble_page(request, 422, fault_form=form)
    faults.order(form.fault())
    messages.success(request, "The API is in trouble from now on.")
    return redirect("trouble")


@require_POST
def clear_fault(request):
    """The API is well again."""
    faults.clear()
    messages.success(request, "The API is well again.")
    return redirect("trouble")


@require_POST
def order_mishap(request):
    """Events meet trouble on their way from now on."""
    form = MishapForm(request.POST)
    if not form.is_valid():
        return _trouble_page(request, 422, mishap_form=form)
    mishaps.order(form.mishap())
    messages.success(request, "Events are in trouble from now on.")
    return redirect("trouble")


@require_POST
def clear_mishap(request):
    """Events arrive as they should again."""
    mishaps.clear()
    messages.success(request, "Events arrive as they should again.")
    return redirect("trouble")


@require_POST
def hold_events(request):
    """Hold every event back, or let them go."""
    paused = request.POST.get("paused") == "yes"
    Switch.objects.update_or_create(name="paused", defaults={"value": paused})
    courier.wake()
    messages.success(request, "Events are held back." if paused else "Events go out again.")
    return redirect("trouble")


@require_POST
def send_event(request, id):
    """Deliver one that is held back, now."""
    if Delivery.objects.filter(id=id).exists():
        attempt = courier.send(id)
        say = messages.success if attempt["status"] else messages.error
        say(request, f"The endpoint answered {attempt['status'] or attempt['answer']}.")
    return redirect("trouble")


@require_POST
def lose_event(request, id):
    """Lose one that is held back, for good."""
    if Delivery.objects.filter(id=id, state__in=WAITING).update(state=Delivery.FAILED):
        messages.success(request, "The event is lost.")
    return redirect("trouble")


@require_POST
def move_clock(request):
    """Go forward in time; what falls due on the way happens."""
    form = ClockForm(request.POST)
    if not form.is_valid():
        return _trouble_page(request, 422, clock_form=form)
    timers.travel(clock.seconds() + form.seconds())
    messages.success(request, "The clock was moved.")
    return redirect("trouble")


@require_POST
def reset_clock(request):
    """Back to real time. What happened meanwhile keeps its dates."""
    timers.travel(None)
    messages.success(request, "The clock shows real time.")
    return redirect("trouble")
