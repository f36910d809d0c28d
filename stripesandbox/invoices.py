"""What all invoices are made of, and the one that a paid Checkout session with invoice_creation leaves behind."""

from django.conf import settings

from stripesandbox import account, events, records
from stripesandbox.models import Record, new_id, now

PAID = {"status": "paid", "attempted": True, "auto_advance": False, "amount_remaining": 0, "next_payment_attempt": None}


def bill(cause, session: Record, intent: Record) -> None:
    """One paid invoice for the session."""
    if not session["invoice_creation"]["enabled"]:
        return
    id = new_id("in")
    invoice = records.add(
        "invoice",
        "in",
        {
            **money(session["amount_subtotal"], session["amount_total"], session["currency"]),
            **parties(session["customer_details"], session["customer"]),
            **facts(),
            **_already_paid(session),
            "lines": _lines(session, id),
        },
        id=id,
    )
    url = f"{settings.SANDBOX_URL}/invoices/{invoice.id}"
    customer = records.get("customer", session["customer"])
    paid = {"amount_paid": invoice["total"], "status": "paid"}
    payment = add_payment(invoice, intent, **paid, status_transitions={"canceled_at": None, "paid_at": now()})
    invoice.private = {"payment_intent": intent.id, "session": session.id, "payment": payment.id}
    invoice.change(number=next_number(customer), hosted_invoice_url=url, invoice_pdf=f"{url}/pdf")
    session.change(invoice=invoice.id)
    for type in ("invoice.created", "invoice.finalized", "invoice.paid", "invoice.payment_succeeded"):
        events.emit(cause, type, invoice)
    events.emit(cause, "invoice_payment.paid", records.get("invoice_payment", invoice.private["payment"]))


def next_number(customer: Record) -> str:
    """Each customer's invoices are numbered without a gap."""
    number = customer["next_invoice_sequence"]
    customer.change(next_invoice_sequence=number + 1)
    return f"{customer['invoice_prefix']}-{number:04}"


def money(subtotal: int, total: int, currency: str) -> dict:
    """The amounts of an invoice that nobody has paid yet."""
    return {
        "amount_due": total,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": total,
        "amount_shipping": 0,
        "currency": currency,
        "ending_balance": 0,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal,
        "total": total,
        "total_discount_amounts": [],
        "total_excluding_tax": total,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
    }


def parties(who: dict, customer: str) -> dict:
    """Who bills whom."""
    return {
        "account_country": "US",
        "account_name": account.NAME,
        "customer": customer,
        "customer_address": who["address"],
        "customer_email": who["email"],
        "customer_name": who["name"],
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
    }


def facts() -> dict:
    """A draft, before anything is known of it."""
    created = now()
    return {
        **records.blank(
            "account_tax_ids application automatically_finalizes_at customer_account customer_phone "
            "customer_shipping default_payment_method default_source due_date from_invoice "
            "hosted_invoice_url invoice_pdf last_finalization_error latest_revision next_payment_attempt "
            "number on_behalf_of parent receipt_number rendering shipping_cost shipping_details "
            "statement_descriptor test_clock"
        ),
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": False,
        "automatic_tax": {**records.blank("disabled_reason liability provider status"), "enabled": False},
        "billing_reason": "manual",
        "collection_method": "charge_automatically",
        "custom_fields": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "effective_at": None,
        "footer": None,
        "issuer": {"type": "self"},
        "metadata": {},
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": created,
        "period_start": created,
        "status": "draft",
        "status_transitions": records.blank("finalized_at marked_uncollectible_at paid_at voided_at"),
        "webhooks_delivered_at": created,
    }


def _already_paid(session: Record) -> dict:
    wishes, moment = session["invoice_creation"]["invoice_data"], now()
    transitions = records.blank("finalized_at marked_uncollectible_at paid_at voided_at")
    return {
        **PAID,
        **{name: wishes[name] for name in ("custom_fields", "description", "footer", "metadata")},
        "amount_paid": session["amount_total"],
        "effective_at": moment,
        "status_transitions": {**transitions, "finalized_at": moment, "paid_at": moment},
    }


def listed(lines: list[dict], invoice: str) -> dict:
    """The lines as the invoice carries them."""
    url = f"/v1/invoices/{invoice}/lines"
    return {"object": "list", "data": lines, "has_more": False, "total_count": len(lines), "url": url}


def _lines(session: Record, invoice: str) -> dict:
    created = now()
    return listed(
        [
            line(
                *(item["price"], item["quantity"], item["amount_total"]),
                description=item["description"],
                invoice=invoice,
                period={"end": created, "start": created},
            )
            for item in session.private["line_items"]
        ],
        invoice,
    )


def line(price: dict, quantity: int, amount: int, **fields) -> dict:
    """One line of an invoice."""
    pricing = {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": price["unit_amount_decimal"],
    }
    return {
        "id": new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": price["currency"],
        "description": None,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "parent": None,
        "period": None,
        "pretax_credit_amounts": [],
        "pricing": pricing,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "subtotal": amount,
        "subscription": None,
        "taxes": [],
        **fields,
    }


def add_payment(invoice: Record, intent: Record, **fields) -> Record:
    """The link between an invoice and the payment that is to pay it."""
    return records.add(
        "invoice_payment",
        "inpay",
        {
            "amount_paid": None,
            "amount_requested": invoice["amount_due"],
            "currency": invoice["currency"],
            "invoice": invoice.id,
            "is_default": True,
            "payment": {"payment_intent": intent.id, "type": "payment_intent"},
            "status": "open",
            "status_transitions": {"canceled_at": None, "paid_at": None},
            **fields,
        },
    )
