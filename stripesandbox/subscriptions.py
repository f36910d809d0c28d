"""Subscriptions: begun by Checkout or by the API, changed, canceled now or at the end of the period."""

from stripesandbox import (
    bills,
    catalog,
    clock,
    customers,
    events,
    methods,
    periods,
    records,
    renewals,
    switching,
    timers,
)
from stripesandbox.errors import StripeError, unsupported
from stripesandbox.models import Record, new_id, now

ANSWER_WITHIN = 23 * 3600
ENDED = ("canceled", "incomplete_expired")
UNUSED = records.blank(
    "application application_fee_percent billing_cycle_anchor_config billing_thresholds cancel_at canceled_at "
    "customer_account days_until_due default_payment_method default_source default_tax_rates description ended_at "
    "latest_invoice next_pending_invoice_item_invoice on_behalf_of pause_collection pending_invoice_item_interval "
    "pending_setup_intent pending_update schedule transfer_data trial_end trial_settings trial_start"
)
CHANGES = {"cancel_at_period_end", "cancellation_details", "default_payment_method", "items", "metadata"}


def begin(cause, session: Record, intent: Record) -> None:
    """A Checkout session was paid: the subscription exists from now on, and its invoice is paid."""
    method = records.get("payment_method", intent["payment_method"])
    methods.attach(cause, method, session["customer"])
    wishes = [{"price": item["price"], "quantity": item["quantity"]} for item in session.private["line_items"]]
    asked = {"default_payment_method": method.id, **session.private["subscription_data"]}
    subscription = _add(session["customer"], wishes, "active", **asked)
    invoice = _first_invoice(cause, subscription)
    bills.finalize(cause, invoice, intent)
    bills.mark_paid(cause, invoice)
    session.change(subscription=subscription.id, invoice=invoice.id)


def create(cause, params):
    """POST /v1/subscriptions: charged at once; `incomplete` for a day when the card is refused."""
    known = {"customer", "items", "default_payment_method", "metadata", "description", "payment_behavior"}
    _refuse_others(params, known)
    customer = customers.live(params["customer"], "customer")
    _check_method(params.get("default_payment_method"), customer.id)
    wishes = [
        {"price": catalog.sold(wish["price"], f"items[{index}][price]"), "quantity": wish.get("quantity", 1)}
        for index, wish in enumerate(params.get("items") or [])
    ]
    if not wishes or not all(wish["price"]["recurring"] for wish in wishes):
        raise StripeError("A subscription needs items with recurring prices.", param="items")
    asked = {name: params[name] for name in ("default_payment_method", "description", "metadata") if name in params}
    subscription = _add(customer.id, wishes, "incomplete", **asked)
    invoice = _first_invoice(cause, subscription)
    bills.finalize(cause, invoice)
    timers.set_timer(ANSWER_WITHIN, "expire_incomplete", subscription.id)
    behavior = params.get("payment_behavior", "allow_incomplete")
    if behavior != "default_incomplete" or not invoice["amount_due"]:
        renewals.collect(cause, invoice, behavior)
    subscription.refresh_from_db()
    return subscription.wire


def _add(customer: str, wishes: list[dict], status: str, *, metadata=None, **asked) -> Record:
    id, start = new_id("sub"), now()
    items = [_item(id, wish, start) for wish in wishes]
    subscription = records.add(
        "subscription",
        "sub",
        {
            **UNUSED,
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
            "billing_cycle_anchor": start,
            "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
            "billing_schedules": [],
            "cancel_at_period_end": False,
            "cancellation_details": records.blank("comment feedback reason"),
            "collection_method": "charge_automatically",
            "currency": "usd",
            "customer": customer,
            "discounts": [],
            "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
            "items": _listed(id, items),
            "metadata": records.merge_metadata({}, metadata),
            "payment_settings": {
                **records.blank("payment_method_options payment_method_types"),
                "save_default_payment_method": "off",
            },
            "start_date": start,
            "status": status,
            "test_clock": records.get("customer", customer)["test_clock"],
            **asked,
        },
        id=id,
        private={"periods": 1, "pending": []},
    )
    timers.set_timer(period_of(subscription)[1] - clock.seconds(), "renew", id)
    return subscription


def _item(subscription: str, wish: dict, start: int) -> dict:
    return {
        "id": new_id("si"),
        "object": "subscription_item",
        "billed_until": None,
        "billing_thresholds": None,
        "created": start,
        "current_period_end": periods.after(start, wish["price"]["recurring"], 1),
        "current_period_start": start,
        "discounts": [],
        "metadata": {},
        "plan": catalog.plan_of(wish["price"]),
        "price": wish["price"],
        "quantity": wish["quantity"],
        "subscription": subscription,
        "tax_rates": [],
    }


def _listed(id: str, items: list[dict]) -> dict:
    url = f"/v1/subscription_items?subscription={id}"
    return {"object": "list", "data": items, "has_more": False, "total_count": len(items), "url": url}


def _first_invoice(cause, subscription: Record) -> Record:
    start = subscription["start_date"]
    invoice = bills.draft(cause, subscription, "subscription_create", bills.whole_period(subscription), (start, start))
    events.emit(cause, "customer.subscription.created", subscription)
    return invoice


def period_of(subscription: Record) -> tuple[int, int]:
    """The current period; it lives on the items."""
    item = subscription["items"]["data"][0]
    return item["current_period_start"], item["current_period_end"]


def update(cause, params, id):
    """POST /v1/subscriptions/:id"""
    _refuse_others(params, CHANGES | {"proration_behavior", "payment_behavior"})
    subscription = _live(id)
    _check_method(params.get("default_payment_method"), subscription["customer"])
    fields = {name: params[name] or None for name in ("default_payment_method",) if name in params}
    fields["metadata"] = records.merge_metadata(subscription["metadata"], params.get("metadata"))
    if "cancel_at_period_end" in params:
        fields |= _ending(subscription, params["cancel_at_period_end"], params.get("cancellation_details") or {})
    if "items" in params:
        switching.switch(cause, subscription, params, fields)
    elif before := subscription.change(**fields):
        events.emit(cause, "customer.subscription.updated", subscription, before)
    subscription.refresh_from_db()
    return subscription.wire


def _ending(subscription: Record, ends: bool, told: dict) -> dict:
    """Cancel at the end of the period, or think better of it."""
    if not ends:
        nothing = records.blank("comment feedback reason")
        return {"cancel_at_period_end": False, "cancel_at": None, "canceled_at": None, "cancellation_details": nothing}
    return {
        "cancel_at_period_end": True,
        "cancel_at": period_of(subscription)[1],
        "canceled_at": now(),
        "cancellation_details": _why("cancellation_requested", told),
    }


def _why(reason: str, told: dict) -> dict:
    return {"comment": told.get("comment") or None, "feedback": told.get("feedback") or None, "reason": reason}


def cancel(cause, params, id):
    """DELETE /v1/subscriptions/:id: it ends now, and nothing is given back by itself."""
    _refuse_others(params, {"cancellation_details"})
    subscription = _live(id)
    end(cause, subscription, "cancellation_requested", params.get("cancellation_details") or {})
    return subscription.wire


def end(cause, subscription: Record, reason: str, told: dict | None = None) -> None:
    """It is over. What is owed stays as it is, and nobody collects it any more."""
    timers.drop_timers(subscription.id)
    for invoice in bills.unsettled(subscription):
        timers.drop_timers(invoice.id)
        invoice.change(auto_advance=False, next_payment_attempt=None)
    before = subscription.change(
        status="canceled",
        ended_at=now(),
        canceled_at=subscription["canceled_at"] or now(),
        cancellation_details=_why(reason, told or subscription["cancellation_details"]),
    )
    events.emit(cause, "customer.subscription.deleted", subscription, before)


def expire(cause, subscription: Record) -> None:
    """The first payment never came."""
    if subscription["status"] != "incomplete":
        return
    timers.drop_timers(subscription.id)
    for invoice in bills.owed(subscription):
        bills.void(cause, invoice)
    before = subscription.change(status="incomplete_expired", ended_at=now())
    events.emit(cause, "customer.subscription.updated", subscription, before)


def _live(id: str) -> Record:
    subscription = records.get("subscription", id)
    if subscription["status"] in ENDED:
        raise StripeError(f"No such subscription: '{id}'", status=404, code="resource_missing", param="id")
    return subscription


def _check_method(id: str | None, customer: str) -> None:
    if id and records.get("payment_method", id, "default_payment_method")["customer"] != customer:
        raise StripeError("The payment method does not belong to the customer.", param="default_payment_method")


def _refuse_others(params: dict, known: set) -> None:
    if others := sorted(set(params) - known):
        raise unsupported(others[0], others[0])
