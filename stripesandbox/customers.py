"""Customers."""

import re

from stripesandbox import events, frozen_clocks, records
from stripesandbox.errors import StripeError, missing
from stripesandbox.models import Record, new_id

PLAIN_FIELDS = ("address", "description", "email", "name", "phone", "shipping", "tax_exempt", "business_name")
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def add(cause, *, metadata=None, **fields) -> Record:
    """Keep a new customer."""
    customer = records.add(
        "customer",
        "cus",
        {
            "address": None,
            "balance": 0,
            "currency": None,
            "customer_account": None,
            "default_source": None,
            "delinquent": False,
            "description": None,
            "discount": None,
            "email": None,
            "invoice_prefix": new_id("inv")[-8:].upper(),
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "metadata": records.merge_metadata({}, metadata),
            "name": None,
            "next_invoice_sequence": 1,
            "phone": None,
            "preferred_locales": [],
            "shipping": None,
            "tax_exempt": "none",
            "test_clock": None,
            **fields,
        },
    )
    events.emit(cause, "customer.created", customer)
    return customer


def create(cause, params):
    """POST /v1/customers"""
    fields = _plain(params)
    if id := params.get("test_clock"):
        fields["test_clock"] = records.get(frozen_clocks.KIND, id, "test_clock").id
    return add(cause, metadata=params.get("metadata"), **fields).wire


def update(cause, params, id):
    """POST /v1/customers/:id"""
    customer = live(id)
    fields = {**_plain(params), "metadata": records.merge_metadata(customer["metadata"], params.get("metadata"))}
    if method := (params.get("invoice_settings") or {}).get("default_payment_method"):
        if records.get("payment_method", method, "invoice_settings[default_payment_method]")["customer"] != id:
            raise StripeError("The customer does not have a payment method with this ID.", code="resource_missing")
        fields["invoice_settings"] = {**customer["invoice_settings"], "default_payment_method": method}
    if before := customer.change(**fields):
        events.emit(cause, "customer.updated", customer, before)
    return customer.wire


def retrieve(cause, params, id):
    """GET /v1/customers/:id; a deleted one answers that it was deleted."""
    customer = records.get("customer", id)
    return gone(id) if customer.private.get("deleted") else customer.wire


def delete(cause, params, id):
    """DELETE /v1/customers/:id"""
    customer = live(id)
    customer.private["deleted"] = True
    customer.save(update_fields=["private"])
    events.emit(cause, "customer.deleted", customer)
    return gone(id)


def gone(id: str) -> dict:
    """What is left of a deleted customer."""
    return {"id": id, "object": "customer", "deleted": True}


def live(id: str, param: str = "id") -> Record:
    """A customer that was not deleted."""
    customer = records.get("customer", id, param)
    if customer.private.get("deleted"):
        raise missing("customer", id, param)
    return customer


def _plain(params: dict) -> dict:
    fields = {name: params[name] or None for name in PLAIN_FIELDS if name in params}
    check_email(fields.get("email"), "email")
    return fields


def check_email(email: str | None, param: str) -> None:
    """Refuse what cannot be an address."""
    if email and not EMAIL.fullmatch(email):
        raise StripeError(f"Invalid email address: {email}", code="email_invalid", param=param)
