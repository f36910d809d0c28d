"""Invoices that a paid Checkout session leaves behind when it was made with invoice_creation."""

from django.conf import settings

from stripesandbox import account, events, records
from stripesandbox.models import Record, new_id, now


def bill(cause, session: Record, intent: Record) -> None:
    """One paid invoice for the session."""
    if not session["invoice_creation"]["enabled"]:
        return
    id = new_id("in")
    invoice = records.add(
        "invoice",
        "in",
        {**_money(session), **_parties(session), **_facts(session), "lines": _lines(session, id)},
        id=id,
    )
    url = f"{settings.SANDBOX_URL}/invoices/{invoice.id}"
    customer = records.get("customer", session["customer"])
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04}"
    customer.change(next_invoice_sequence=customer["next_invoice_sequence"] + 1)
    invoice.private = {"payment_intent": intent.id, "session": session.id, "payment": _add_payment(invoice, intent).id}
    invoice.change(number=number, hosted_invoice_url=url, invoice_pdf=f"{url}/pdf")
    session.change(invoice=invoice.id)
    for type in ("invoice.created", "invoice.finalized", "invoice.paid", "invoice.payment_succeeded"):
        events.emit(cause, type, invoice)
    events.emit(cause, "invoice_payment.paid", records.get("invoice_payment", invoice.private["payment"]))


def _money(session: Record) -> dict:
    total = session["amount_total"]
    return {
        "amount_due": total,
        "amount_overpaid": 0,
        "amount_paid": total,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "currency": session["currency"],
        "ending_balance": 0,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "subtotal": session["amount_subtotal"],
        "subtotal_excluding_tax": session["amount_subtotal"],
        "total": total,
        "total_discount_amounts": [],
        "total_excluding_tax": total,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
    }


def _parties(session: Record) -> dict:
    who = session["customer_details"]
    return {
        "account_country": "US",
        "account_name": account.NAME,
        "customer": session["customer"],
        "customer_address": who["address"],
        "customer_email": who["email"],
        "customer_name": who["name"],
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
    }


def _facts(session: Record) -> dict:
    wishes, created = session["invoice_creation"]["invoice_data"], now()
    return {
        **records.blank(
            "account_tax_ids application automatically_finalizes_at customer_account customer_phone "
            "customer_shipping default_payment_method default_source due_date from_invoice "
            "hosted_invoice_url invoice_pdf last_finalization_error latest_revision next_payment_attempt "
            "number on_behalf_of parent receipt_number rendering shipping_cost shipping_details "
            "statement_descriptor test_clock"
        ),
        "attempt_count": 0,
        "attempted": True,
        "auto_advance": False,
        "automatic_tax": {**records.blank("disabled_reason liability provider status"), "enabled": False},
        "billing_reason": "manual",
        "collection_method": "charge_automatically",
        "custom_fields": wishes["custom_fields"],
        "default_tax_rates": [],
        "description": wishes["description"],
        "discounts": [],
        "effective_at": created,
        "footer": wishes["footer"],
        "issuer": {"type": "self"},
        "metadata": wishes["metadata"],
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": created,
        "period_start": created,
        "status": "paid",
        "status_transitions": {
            "finalized_at": created,
            "marked_uncollectible_at": None,
            "paid_at": created,
            "voided_at": None,
        },
        "webhooks_delivered_at": created,
    }


def _lines(session: Record, invoice: str) -> dict:
    items = [_line(item, invoice) for item in session.private["line_items"]]
    return {
        "object": "list",
        "data": items,
        "has_more": False,
        "total_count": len(items),
        "url": f"/v1/invoices/{invoice}/lines",
    }


def _line(item: dict, invoice: str) -> dict:
    created = now()
    pricing = {
        "price_details": {"price": item["price"]["id"], "product": item["price"]["product"]},
        "type": "price_details",
        "unit_amount_decimal": item["price"]["unit_amount_decimal"],
    }
    return {
        "id": new_id("il"),
        "object": "line_item",
        "amount": item["amount_total"],
        "currency": item["currency"],
        "description": item["description"],
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice,
        "livemode": False,
        "metadata": {},
        "parent": None,
        "period": {"end": created, "start": created},
        "pretax_credit_amounts": [],
        "pricing": pricing,
        "quantity": item["quantity"],
        "quantity_decimal": str(item["quantity"]),
        "subtotal": item["amount_subtotal"],
        "subscription": None,
        "taxes": [],
    }


def _add_payment(invoice: Record, intent: Record) -> Record:
    return records.add(
        "invoice_payment",
        "inpay",
        {
            "amount_paid": invoice["total"],
            "amount_requested": invoice["total"],
            "currency": invoice["currency"],
            "invoice": invoice.id,
            "is_default": True,
            "payment": {"payment_intent": intent.id, "type": "payment_intent"},
            "status": "paid",
            "status_transitions": {"canceled_at": None, "paid_at": now()},
        },
    )
