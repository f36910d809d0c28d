"""Events and webhook endpoints: what was told, to whom, and what they answered."""

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from stripesandbox import courier, endpoints, records
from stripesandbox.errors import StripeError
from stripesandbox.events import kept
from stripesandbox.forms import EndpointForm
from stripesandbox.models import Delivery, Record

ROWS = 100


@require_GET
def happenings(request):
    """Events, newest first, and how their deliveries went."""
    rows = kept().annotate(
        told=Count("deliveries"),
        delivered=Count("deliveries", filter=Q(deliveries__state=Delivery.DELIVERED)),
        failed=Count("deliveries", filter=Q(deliveries__state=Delivery.FAILED)),
    )
    context = {"rows": rows[:ROWS], "paused": courier.paused()}
    return render(request, "stripesandbox/events.html", context)


@require_GET
def happening(request, id):
    """One event: payload, deliveries, answers."""
    event = get_object_or_404(Record, kind="event", id=id)
    deliveries = event.deliveries.select_related("endpoint").order_by("id")
    return render(request, "stripesandbox/event.html", {"event": event.wire, "deliveries": deliveries})


@require_POST
def resend(request, id):
    """Deliver again, whatever came of it before."""
    delivery = get_object_or_404(Delivery.objects.select_related("event"), id=id)
    attempt = courier.send(delivery.id)
    if attempt["status"]:
        messages.success(request, f"The endpoint answered {attempt['status']}.")
    else:
        messages.error(request, f"The endpoint did not answer: {attempt['answer']}")
    return redirect("happening", id=delivery.event.id)


@require_GET
def hooks(request):
    """Webhook endpoints."""
    return _hooks_page(request, EndpointForm())


def _hooks_page(request, form: EndpointForm, status: int = 200):
    context = {"rows": records.of("webhook_endpoint"), "form": form}
    return render(request, "stripesandbox/endpoints.html", context, status=status)


@require_POST
def add_hook(request):
    """A new endpoint; its secret stands in the list."""
    form = EndpointForm(request.POST)
    if form.is_valid():
        try:
            endpoints.add(form.cleaned_data["url"], form.cleaned_data["enabled_events"].split())
            messages.success(request, "The endpoint was added.")
            return redirect("hooks")
        except StripeError as error:
            form.add_error("enabled_events", str(error))
    return _hooks_page(request, form, status=422)


@require_POST
def toggle_hook(request, id):
    """Disable an endpoint, or enable it again."""
    endpoint = get_object_or_404(Record, kind="webhook_endpoint", id=id)
    endpoint.change(status="disabled" if endpoint["status"] == "enabled" else "enabled")
    messages.success(request, f"The endpoint is {endpoint['status']}.")
    return redirect("hooks")


@require_POST
def roll_hook(request, id):
    """A new secret; the old one signs beside it for a day, or ends at once."""
    at_once = request.POST.get("old") == "ends"
    endpoint = get_object_or_404(Record, kind="webhook_endpoint", id=id)
    endpoints.roll_secret(endpoint, keep_for=0 if at_once else endpoints.ROLL_KEEPS_FOR)
    told = "and the old one is void" if at_once else "the old one is good for another 24 hours"
    messages.success(request, f"The secret was rolled; {told}.")
    return redirect("hooks")
