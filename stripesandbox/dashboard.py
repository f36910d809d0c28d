"""The sandbox's Dashboard: what a person sees and does at Stripe by hand."""

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from stripesandbox import courier, endpoints, records, refunds, sessions
from stripesandbox import payments as paying
from stripesandbox.errors import StripeError
from stripesandbox.events import Cause, kept
from stripesandbox.forms import EndpointForm, RefundForm
from stripesandbox.models import Delivery, Record

ROWS = 100


@require_GET
def payments(request):
    """Every Checkout session and what became of it, newest first."""
    rows = list(records.of("checkout.session")[:ROWS])
    wanted = [row["payment_intent"] for row in rows if row["payment_intent"]]
    charges = {charge["payment_intent"]: charge for charge in _latest_charges(wanted)}
    rows = [(row, state_of(row, charges.get(row["payment_intent"]))) for row in rows]
    return render(request, "stripesandbox/payments.html", {"rows": rows})


def _latest_charges(intents: list[str]):
    return Record.objects.filter(kind="charge", wire__payment_intent__in=intents).order_by("seq")


def state_of(session: Record, charge: Record | None) -> str:
    """One word for a payment: what a person asks first."""
    if session["status"] == "expired":
        return "expired"
    if charge is None:
        return "open"
    if session["status"] == "open":
        return "declined"
    if charge["refunded"]:
        return "refunded"
    if charge["amount_refunded"]:
        return "partly refunded"
    return {"succeeded": "paid", "pending": "processing", "failed": "failed"}[charge["status"]]


@require_GET
def payment(request, id):
    """One payment: attempts, refunds, money, events."""
    return _payment_page(request, get_object_or_404(Record, kind="payment_intent", id=id), RefundForm())


def _payment_page(request, intent: Record, form: RefundForm, status: int = 200):
    session = records.get("checkout.session", intent.private["session"])
    charges = list(records.of("charge", payment_intent=intent.id))
    latest = records.find(intent["latest_charge"])
    sources = [charge.id for charge in charges]
    given_back = list(records.of("refund", payment_intent=intent.id))
    sources += [refund.id for refund in given_back]
    left = latest["amount_captured"] - latest["amount_refunded"] if latest and latest["status"] == "succeeded" else 0
    context = {
        "intent": intent.wire,
        "session": session.wire,
        "state": state_of(session, latest),
        "charges": charges,
        "refunds": given_back,
        "money": Record.objects.filter(kind="balance_transaction", wire__source__in=sources).order_by("seq"),
        "events": _about(intent.id, session.id, *sources),
        "left": left,
        "form": form,
    }
    return render(request, "stripesandbox/payment.html", context, status=status)


def _about(intent: str, *objects: str):
    concerns = Q(wire__data__object__id__in=[intent, *objects]) | Q(wire__data__object__payment_intent=intent)
    return Record.objects.filter(kind="event").filter(concerns).order_by("seq")


@require_POST
def refund(request, id):
    """Give money back, as the owner does on Stripe's Dashboard."""
    intent = get_object_or_404(Record, kind="payment_intent", id=id)
    form = RefundForm(request.POST)
    if form.is_valid():
        typed = form.cleaned_data
        cents = None if typed["amount"] is None else int(typed["amount"] * 100)
        try:
            with transaction.atomic():
                charge = records.get("charge", intent["latest_charge"] or "", "charge")
                given = refunds.add(Cause(), charge, cents, reason=typed["reason"] or None)
            messages.success(request, f"Refunded: {given.id}")
            return redirect("payment", id=id)
        except StripeError as error:
            form.add_error("amount", str(error))
    return _payment_page(request, intent, form, status=422)


@require_POST
def fail_refund(request, id):
    """The customer's bank sends a refund back."""
    given = get_object_or_404(Record, kind="refund", id=id)
    with transaction.atomic():
        given.refresh_from_db()
        refunds.fail(Cause(), given)
    messages.success(request, f"The bank has sent {id} back.")
    return redirect("payment", id=given["payment_intent"])


@require_POST
def complete_refund(request, id):
    """A pending refund arrives."""
    given = get_object_or_404(Record, kind="refund", id=id)
    with transaction.atomic():
        given.refresh_from_db()
        refunds.complete(Cause(), given)
    messages.success(request, f"{id} has arrived.")
    return redirect("payment", id=given["payment_intent"])


@require_POST
def settle(request, id):
    """A bank debit arrives."""
    return _settle(request, id, succeed=True)


@require_POST
def bounce(request, id):
    """A bank debit bounces."""
    return _settle(request, id, succeed=False)


def _settle(request, id, *, succeed: bool):
    intent = get_object_or_404(Record, kind="payment_intent", id=id)
    try:
        with transaction.atomic():
            intent.refresh_from_db()
            paying.settle(Cause(), intent, succeed=succeed)
        messages.success(request, "The debit has arrived." if succeed else "The debit has bounced.")
    except paying.SessionClosed:
        messages.error(request, "The bank has answered already.")
    return redirect("payment", id=id)


@require_POST
def expire_session(request, id):
    """Nobody can pay it any more."""
    session = get_object_or_404(Record, kind="checkout.session", id=id)
    with transaction.atomic():
        session.refresh_from_db()
        if session["status"] == "open":
            sessions.expire_record(Cause(), session)
            messages.success(request, "The session has expired.")
        else:
            messages.error(request, f"The session is {session['status']} already.")
    return redirect("payments")


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
    """A new secret; the old one signs beside it for a day."""
    endpoints.roll_secret(get_object_or_404(Record, kind="webhook_endpoint", id=id))
    messages.success(request, "The secret was rolled; the old one is good for another 24 hours.")
    return redirect("hooks")


@require_GET
def people(request):
    """Customers."""
    return render(request, "stripesandbox/customers.html", {"rows": records.of("customer")[:ROWS]})


@require_GET
def healthz(request):
    """Alive."""
    return HttpResponse("ok\n", content_type="text/plain")
