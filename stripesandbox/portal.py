"""The Billing Portal: where a customer sees to the card, the plan and the end of a subscription."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from stripesandbox import (
    account,
    bills,
    cards,
    clock,
    customers,
    events,
    methods,
    portal_configurations,
    records,
    renewals,
    subscriptions,
)
from stripesandbox.errors import StripeError, unsupported
from stripesandbox.events import Cause
from stripesandbox.forms import PaymentForm
from stripesandbox.models import Record, new_id

KIND = "billing_portal.session"
CONFIGURATION = "bpc_1SandboxPoemVision"
LASTS = 3600


def create(cause, params):
    """POST /v1/billing_portal/sessions"""
    if others := sorted(set(params) - {"customer", "return_url", "configuration", "locale"}):
        raise unsupported(others[0], others[0])
    if (chosen := params.get("configuration", CONFIGURATION)) != CONFIGURATION:
        records.get(portal_configurations.KIND, chosen, "configuration")
    customer, id = customers.live(params.get("customer", ""), "customer"), new_id("bps")
    fields = {
        **records.blank("customer_account flow on_behalf_of"),
        "configuration": chosen,
        "customer": customer.id,
        "locale": params.get("locale"),
        "return_url": params.get("return_url"),
        "url": f"{settings.SANDBOX_URL}/p/session/{id}",
    }
    session = records.add(KIND, "bps", fields, id=id)
    events.emit(cause, f"{KIND}.created", session)
    return session.wire


@require_GET
def portal(request, id):
    """What the customer has, and what can be done about it."""
    return _page(request, _session(id))


def _session(id: str) -> Record:
    return get_object_or_404(Record, kind=KIND, id=id, created__gt=clock.seconds() - LASTS)


def _page(request, session: Record, form: PaymentForm | None = None, status: int = 200):
    customer = records.get("customer", session["customer"])
    rows = [shown(each) for each in records.of("subscription", customer=customer.id)]
    context = {
        "session": session.wire,
        "customer": customer.wire,
        "merchant": account.MERCHANT,
        "rows": rows,
        "prices": portal_configurations.prices(session),
        "may_cancel": portal_configurations.may_cancel(session),
        "form": form or PaymentForm(accepts=[methods.CARD], initial={"email": customer["email"]}),
        "invoices": records.of("invoice", customer=customer.id)[:12],
    }
    return render(request, "stripesandbox/portal.html", context, status=status)


def shown(subscription: Record) -> dict:
    """A subscription as its pages tell it."""
    item = subscription["items"]["data"][0]
    card = records.find(subscription["default_payment_method"])
    return {
        "id": subscription.id,
        "wire": subscription.wire,
        "item": item,
        "product": records.get("product", item["price"]["product"])["name"],
        "customer": records.get("customer", subscription["customer"]).wire,
        "card": card.wire.get(methods.CARD) if card else None,
        "live": subscription["status"] not in subscriptions.ENDED,
        "owed": bills.owed(subscription).first(),
        "next_fails": subscription.private.get("next_fails"),
    }


@require_POST
def change(request, id, verb, subscription):
    """Cancel, resume, switch to another price or pay what is open; a refusal is told in its own words."""
    session = _session(id)
    found = get_object_or_404(Record, kind="subscription", id=subscription, wire__customer=session["customer"])
    owed = bills.owed(found).first() if verb == "pay" else None
    if owed and renewals.asks(owed):
        return redirect("confirm_invoice", id=owed.id)
    try:
        with transaction.atomic():
            found.refresh_from_db()
            messages.success(request, act(verb, found, request.POST.get("price", "")))
    except StripeError as error:
        messages.error(request, str(error))
    return redirect("portal", id=id)


def act(verb: str, found: Record, price: str) -> str:
    """What a customer does about a subscription; answers what to say then. Raises StripeError."""
    cause = Cause()
    match verb:
        case "cancel" | "resume":
            subscriptions.update(cause, {"cancel_at_period_end": verb == "cancel"}, found.id)
            return "It ends with its period." if verb == "cancel" else "It goes on."
        case "switch":
            items = [{"id": found["items"]["data"][0]["id"], "price": price}]
            how = {"proration_behavior": "always_invoice", "payment_behavior": "error_if_incomplete"}
            subscriptions.update(cause, {"items": items, **how}, found.id)
            return "The plan is changed."
        case "pay":
            owed = bills.owed(found).first()
            if owed is None:
                raise StripeError("Nothing is open.")
            renewals.collect(cause, owed)
            owed.refresh_from_db()
            return "Paid. Thank you." if owed["status"] == "paid" else "The card was declined."
    raise Http404


@require_POST
def save_card(request, id):
    """Another card for all that renews from now on."""
    session = _session(id)
    form = PaymentForm(request.POST, accepts=[methods.CARD])
    if not form.is_valid():
        return _page(request, session, form, status=422)
    payer = form.payer()
    if payer.card.result == cards.DECLINE and not payer.card.attaches:
        form.add_error("number", payer.card.message)
        return _page(request, session, form, status=402)
    with transaction.atomic():
        _keep(Cause(), methods.add(payer, None), session["customer"])
    messages.success(request, "The card is saved.")
    return redirect("portal", id=id)


def _keep(cause, method: Record, customer: str) -> None:
    methods.attach(cause, method, customer)
    customers.update(cause, {"invoice_settings": {"default_payment_method": method.id}}, customer)
    for each in records.of("subscription", customer=customer).exclude(wire__status__in=subscriptions.ENDED):
        subscriptions.update(cause, {"default_payment_method": method.id}, each.id)
