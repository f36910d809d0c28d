"""Invoices of a subscription: draft, open, then paid or uncollectible."""

from django.conf import settings

from stripesandbox import events, intents, invoices, records, timers
from stripesandbox.errors import StripeError
from stripesandbox.models import Record, new_id, now
from stripesandbox.templatetags.sandbox import dollars


def line(subscription: Record, item: dict, amount: int, start: int, end: int, *, said: str = "") -> dict:
    """One line; `said` makes it a proration, which has a word of its own."""
    price, quantity = item["price"], item["quantity"]
    name = records.get("product", price["product"])["name"]
    rate = f"{dollars(price['unit_amount'])} / {price['recurring']['interval']}"
    details = {
        "invoice_item": new_id("ii") if said else None,
        "proration": bool(said),
        "proration_details": {"credited_items": None} if said else None,
        "subscription": subscription.id,
        "subscription_item": item["id"],
    }
    return invoices.line(
        price,
        quantity,
        amount,
        description=said.format(name) or f"{quantity} × {name} (at {rate})",
        parent={
            "invoice_item_details": None,
            "subscription_item_details": details,
            "type": "subscription_item_details",
        },
        period={"end": end, "start": start},
        subscription=subscription.id,
    )


def whole_period(subscription: Record) -> list[dict]:
    """The lines for the period that begins."""
    return [
        line(
            *(subscription, item, item["price"]["unit_amount"] * item["quantity"]),
            *(item["current_period_start"], item["current_period_end"]),
        )
        for item in subscription["items"]["data"]
    ]


def draft(cause, subscription: Record, reason: str, lines: list[dict], period: tuple[int, int]) -> Record:
    """A new invoice. What the customer's balance holds is taken first."""
    customer = records.get("customer", subscription["customer"])
    total, id = sum(each["amount"] for each in lines), new_id("in")
    details = {"metadata": dict(subscription["metadata"]), "subscription": subscription.id}
    invoice = records.add(
        "invoice",
        "in",
        {
            **invoices.money(total, total, subscription["currency"]),
            **invoices.parties({**customer.wire, "address": customer["address"]}, customer.id),
            **invoices.facts(),
            "amount_due": (due := max(0, total + customer["balance"])),
            "amount_remaining": due,
            "auto_advance": True,
            "billing_reason": reason,
            "ending_balance": None,
            "lines": invoices.listed([{**each, "invoice": id} for each in lines], id),
            "parent": {"quote_details": None, "subscription_details": details, "type": "subscription_details"},
            "period_end": period[1],
            "period_start": period[0],
            "starting_balance": customer["balance"],
            "test_clock": customer["test_clock"],
        },
        id=id,
        private={"subscription": subscription.id},
    )
    subscription.change(latest_invoice=id)
    events.emit(cause, "invoice.created", invoice)
    return invoice


def finalize(cause, invoice: Record, intent: Record | None = None) -> None:
    """It has a number and cannot change any more; an intent stands behind it as soon as money is due."""
    customer = records.get("customer", invoice["customer"])
    url = f"{settings.SANDBOX_URL}/invoices/{invoice.id}"
    left = min(0, invoice["total"] + invoice["starting_balance"])
    invoice.change(
        status="open",
        number=invoices.next_number(customer),
        hosted_invoice_url=url,
        invoice_pdf=f"{url}/pdf",
        effective_at=now(),
        ending_balance=left,
        status_transitions={**invoice["status_transitions"], "finalized_at": now()},
    )
    if before := customer.change(balance=left):
        events.emit(cause, "customer.updated", customer, before)
    events.emit(cause, "invoice.finalized", invoice)
    if invoice["amount_due"]:
        intent = intent or _intent(cause, invoice)
        intent.private["invoice"] = invoice.id
        intent.save(update_fields=["private"])
        payment = invoices.add_payment(invoice, intent)
        invoice.private |= {"payment": payment.id, "payment_intent": intent.id}
        invoice.save(update_fields=["private"])


def _intent(cause, invoice: Record) -> Record:
    wishes = {"description": f"Subscription {invoice['billing_reason'].removeprefix('subscription_')}"}
    return intents.make(
        *(cause, wishes, {"invoice": invoice.id}),
        amount=invoice["amount_due"],
        customer=invoice["customer"],
        kinds=["card"],
    )


def mark_paid(cause, invoice: Record) -> None:
    """The money is there, or none was due."""
    before = invoice.change(
        **invoices.PAID,
        amount_paid=invoice["amount_due"],
        attempt_count=invoice["attempt_count"] + bool(invoice["amount_due"]),
        status_transitions={**invoice["status_transitions"], "paid_at": now()},
    )
    events.emit(cause, "invoice.updated", invoice, before)
    events.emit(cause, "invoice.paid", invoice)
    events.emit(cause, "invoice.payment_succeeded", invoice)
    if payment := records.find(invoice.private.get("payment")):
        paid = {"canceled_at": None, "paid_at": now()}
        payment.change(amount_paid=invoice["amount_due"], status="paid", status_transitions=paid)
        events.emit(cause, "invoice_payment.paid", payment)


def give_up(cause, invoice: Record) -> None:
    """The last attempt has failed."""
    moment = {**invoice["status_transitions"], "marked_uncollectible_at": now()}
    before = invoice.change(status="uncollectible", auto_advance=False, status_transitions=moment)
    events.emit(cause, "invoice.updated", invoice, before)
    events.emit(cause, "invoice.marked_uncollectible", invoice)


def void(cause, invoice: Record) -> None:
    """Nobody owes it any more, nor can pay it."""
    moment = {**invoice["status_transitions"], "voided_at": now()}
    before = invoice.change(status="void", auto_advance=False, next_payment_attempt=None, status_transitions=moment)
    intent = records.find(invoice.private.get("payment_intent"))
    if intent and intent["status"] not in ("succeeded", "canceled"):
        intents.cancel_record(cause, intent, "void_invoice")
    if payment := records.find(invoice.private.get("payment")):
        payment.change(status="canceled", status_transitions={"canceled_at": now(), "paid_at": None})
    events.emit(cause, "invoice.updated", invoice, before)
    events.emit(cause, "invoice.voided", invoice)


def void_invoice(cause, params, id):
    """POST /v1/invoices/:id/void"""
    invoice = records.get("invoice", id)
    if invoice["status"] not in ("open", "uncollectible"):
        raise StripeError(f"You can only pass in open or uncollectible invoices. This one is {invoice['status']}.")
    timers.drop_timers(invoice.id)
    void(cause, invoice)
    return invoice.wire


def unsettled(subscription: Record):
    """The invoices of a subscription that somebody may still want to pay."""
    return records.of("invoice").filter(private__subscription=subscription.id, wire__status__in=("draft", "open"))


def owed(subscription: Record):
    """Those that are open."""
    return unsettled(subscription).filter(wire__status="open")
