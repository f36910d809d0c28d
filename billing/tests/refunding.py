"""A payment at the sandbox that staff refund, and the form they fill in."""

import uuid

from django.db import connection
from django.test import Client

from billing import checkout
from billing.models import TopUp
from billing.tests.stripe_side import StripeSide
from conftest import PASSWORD
from ledger.queries import balances


def paid_top_up(side: StripeSide, member, amount: int = 20) -> TopUp:
    """A top-up that `member` has paid and that is booked."""
    top_up = checkout.start(member, amount, uuid.uuid4())
    side.sandbox.pay(top_up.session_id)
    side.deliver()
    top_up.refresh_from_db()
    return top_up


def typed(top_up, amount="5.00", **fields) -> dict:
    """The form as the page sends it, with a new one-time key unless given."""
    filled = {"amount": amount, "stripe_reason": "requested_by_customer", "reason": "Did not like the frame"}
    return filled | {"typed": top_up.member.email, "form_key": str(uuid.uuid4())} | fields


def confirmed(staff, password: str = PASSWORD) -> Client:
    """A browser of somebody who has just given the password again."""
    client = Client()
    client.force_login(staff)
    client.post("/account/reauthenticate/", {"password": password})
    return client


def press(client: Client, top_up, form: dict):
    """One press of the button; for threads too."""
    try:
        return client.post(f"/admin/billing/top-ups/{top_up.pk}/refund/", form)
    finally:
        if not connection.in_atomic_block:
            connection.close()


def at_stripe(side: StripeSide, top_up) -> list[int]:
    """The cents of every refund of this payment that exists at Stripe."""
    refunds = side.api.refunds.list({"payment_intent": top_up.payment_intent_id, "limit": 100}).data
    return [refund.amount for refund in refunds]


def credit(member) -> tuple:
    """Paid and granted credit, and debt."""
    now = balances(member)
    return now.paid, now.granted, now.debt
