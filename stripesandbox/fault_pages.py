"""Trouble by hand: a sick Stripe, a sick post, letters held back."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from stripesandbox import courier, faults, mishaps, orders, records
from stripesandbox.models import Delivery, Switch
from stripesandbox.trouble_forms import FaultForm, MishapForm

ROWS = 100
WAITING = (Delivery.PENDING, Delivery.SENDING)


@require_GET
def trouble(request):
    """All that can be made to go wrong, and what is switched on."""
    return _trouble_page(request)


def _trouble_page(request, status: int = 200, **forms):
    waiting = Delivery.objects.filter(state__in=WAITING).select_related("event", "endpoint")
    context = {
        "on": _switched_on(),
        "paused": courier.paused(),
        "waiting": waiting.order_by("id")[:ROWS],
        "endpoints": records.of("webhook_endpoint"),
        "fault_form": FaultForm(),
        "mishap_form": MishapForm(),
        **forms,
    }
    return render(request, "stripesandbox/trouble.html", context, status=status)


def _switched_on() -> list[dict]:
    """Each order in words, newest first, faults of the API before mishaps of the post."""
    told = ((faults.LIST, _fault_in_words), (mishaps.LIST, _mishap_in_words))
    return [
        {"list": name, "id": order["id"], "what": in_words(order), "left": _left(order)}
        for name, in_words in told
        for order in orders.listed(name)
    ]


def _fault_in_words(order: dict) -> str:
    calls = f"{order['method'] or 'All'} calls{' of ' + order['path'] if order['path'] else ''}"
    delay = f" after {order['seconds']:g} s" if order["seconds"] else ""
    work = {"before": "before the work is done", "after": "after the work is done"}[order["when"]]
    if order["silent"]:
        return f"{calls} get no answer, {work}"
    if order["reset"]:
        return f"{calls} are cut off{delay}, {work}"
    if order["status"]:
        return f"{calls} get {order['status']}{delay}, {work}"
    return f"{calls} take {order['seconds']:g} s longer"


def _mishap_in_words(order: dict) -> str:
    late = f", {order['seconds']:g} s later" if order["kind"] in ("delay", "reorder") else ""
    which = f"Events of {order['types']}*" if order["types"] else "Events"
    return f"{which}: {mishaps.KINDS[order['kind']].lower()}{late}"


def _left(order: dict) -> str:
    if order["times"] is None:
        return "Until it is switched off"
    return "Once more" if order["times"] == 1 else f"{order['times']} more times"


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
def order_mishap(request):
    """Events meet trouble on their way from now on."""
    form = MishapForm(request.POST)
    if not form.is_valid():
        return _trouble_page(request, 422, mishap_form=form)
    mishaps.order(form.mishap())
    messages.success(request, "Events are in trouble from now on.")
    return redirect("trouble")


@require_POST
def switch_off(request, name, id):
    """One trouble less."""
    if name not in (faults.LIST, mishaps.LIST):
        raise Http404
    if orders.remove(name, id):
        messages.success(request, "It is switched off.")
    else:
        messages.error(request, "It was over already.")
    return redirect("trouble")


@require_POST
def all_off(request):
    """All is well again; what was lost stays lost."""
    orders.clear(faults.LIST)
    orders.clear(mishaps.LIST)
    _hold(False)
    messages.success(request, "Everything is switched off.")
    return redirect("trouble")


@require_POST
def hold_events(request):
    """Hold every event back, or let them go."""
    paused = request.POST.get("paused") == "yes"
    _hold(paused)
    messages.success(request, "Events are held back." if paused else "Events go out again.")
    return redirect("trouble")


def _hold(paused: bool) -> None:
    Switch.objects.update_or_create(name="paused", defaults={"value": paused})
    courier.wake()


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
