"""The knobs for tests, under /_sandbox/, guarded by the API key. Stripe has nothing like them."""

import json
from functools import wraps

from django.db import transaction
from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt

from stripesandbox import (
    clock,
    courier,
    events,
    faults,
    gate,
    mishaps,
    orders,
    payouts,
    records,
    scripts,
    startup,
    streams,
    timers,
)
from stripesandbox.errors import StripeError
from stripesandbox.events import Cause
from stripesandbox.models import Delivery, Switch


def control(view):
    """A knob: API key, JSON in, JSON out."""

    @csrf_exempt
    @wraps(view)
    def guarded(request, **ids):
        try:
            gate.authenticate(request)
            told = json.loads(request.body) if request.body else request.GET.dict()
            return JsonResponse(view(request.method, told, **ids))
        except StripeError as error:
            return JsonResponse({"error": error.error}, status=error.status)
        except (ValueError, TypeError, KeyError) as error:
            return JsonResponse({"error": {"message": f"{type(error).__name__}: {error}"}}, status=400)

    return guarded


@control
def deliveries(method, told):
    """GET: what would be delivered now, signed. POST {"paused": true|false}: hold everything back, or let go."""
    if method == "POST":
        Switch.objects.update_or_create(name="paused", defaults={"value": bool(told["paused"])})
        courier.wake()
    waiting = Delivery.objects.filter(state__in=[Delivery.PENDING, Delivery.SENDING]).order_by("id")
    letters = [_letter(delivery) for delivery in waiting.select_related("event", "endpoint")]
    return {"paused": courier.paused(), "deliveries": letters}


def _letter(delivery: Delivery) -> dict:
    body, headers = courier.letter(delivery)
    return {
        "id": delivery.id,
        "event": delivery.event_id and delivery.event.id,
        "type": delivery.event["type"],
        "url": delivery.endpoint["url"],
        "attempts": delivery.attempts,
        "headers": headers,
        "body": body.decode(),
    }


@control
def send_delivery(method, told, id):
    """POST: deliver this one now, paused or not; answers what the endpoint said."""
    return courier.send(id)


@control
def drop_delivery(method, told, id):
    """POST: lose this one for good, as a network would."""
    return {"dropped": Delivery.objects.filter(id=id).update(state=Delivery.FAILED)}


@control
def fault(method, told):
    """POST {"seconds", "status", "reset", "silent", "when", "path", "method", "times"}: trouble of the API from now on.
    GET: what is switched on. DELETE, or DELETE {"id"}: all or one is switched off."""
    return _order(method, told, faults.LIST, lambda: faults.order(faults.Fault(**told)))


@control
def mishap(method, told):
    """POST {"kind", "types", "times", "seconds"}: events meet trouble on their way. GET and DELETE as for a fault."""
    return _order(method, told, mishaps.LIST, lambda: mishaps.order(mishaps.Mishap(**told)))


def _order(method: str, told: dict, name: str, make) -> dict:
    if method == "POST":
        return make()
    if method == "DELETE":
        orders.remove(name, int(told["id"])) if "id" in told else orders.clear(name)
    return {"on": orders.listed(name)}


@control
def move_clock(method, told):
    """GET: the time. POST {"by": seconds} or {"to": unix seconds}: move it. DELETE: back to real time."""
    if method == "DELETE":
        timers.travel(None)
    elif method == "POST":
        timers.travel(told["to"] if "to" in told else clock.seconds() + told["by"])
    return {"now": clock.seconds(), "ahead": clock.ahead()}


@control
def emit(method, told):
    """POST {"type", "object", "id"?}: an event of any type about any object, to see how the project meets it."""
    with transaction.atomic():
        record = records.find(told.get("id")) or events.Record(wire=told.get("object", {}))
        event = events.emit(Cause(), told["type"], record)
        if "changes" in told:
            event.change(**told["changes"])
    return event.wire


@control
def health(method, told):
    """GET: the courier's backlog, to wait for silence."""
    waiting = Delivery.objects.filter(state__in=[Delivery.PENDING, Delivery.SENDING]).count()
    return {"waiting": waiting, "paused": courier.paused()}


@control
def script(method, told):
    """GET: the shipped scripts. POST {"steps": ["+0 pay amount=20.00", "+2d dispute"]} or {"name"}, and "start"."""
    if method == "POST":
        steps = scripts.shipped()[told["name"]]["steps"] if "name" in told else told["steps"]
        return scripts.play(steps, told.get("start"))
    return scripts.shipped()


@control
def history(method, told):
    """POST {"name", "steps", "start", "sessions"?}: a script that was played long ago, once; the clock stays."""
    return scripts.write_history(told["name"], told["steps"], told["start"], told.get("sessions", ()))


@control
def stream(method, told):
    """GET ?payment_intent=pi_…&after=evt_…&type=charge.*: the raw events in their order, of one payment or of all."""
    found = streams.all_events()
    if "payment_intent" in told:
        found = streams.about(records.get("payment_intent", told["payment_intent"]))
    return {"events": streams.raw(found, after=told.get("after"), type=told.get("type"))}


@control
def payout_schedule(method, told):
    """GET, or POST {"interval": "daily" | "manual"}: how Stripe pays out by itself."""
    if method == "POST":
        payouts.set_schedule(told["interval"])
    return {"interval": payouts.schedule()}


@control
def forget(method, told):
    """DELETE: an account on which nothing has happened yet; only the webhook endpoints stay."""
    if method == "DELETE":
        startup.forget_everything()
    return {"records": events.Record.objects.count()}
