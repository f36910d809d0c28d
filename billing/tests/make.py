"""Plain make functions: Stripe's objects as the pinned version writes them, signed the way Stripe signs."""

import hashlib
import hmac
import json
import time
import uuid
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from billing.models import BalanceTransaction, Difference, Reconciliation, StripeEvent, TopUp
from billing.models.top_up import CHECKOUT_LIFETIME
from billing.webhook import parsed

SECRET = "whsec_for_tests"


def make_top_up(member, amount="20", bonus="1", **fields) -> TopUp:
    """An open top-up, as it stands while the member is on the Checkout page."""
    key = uuid.uuid4()
    defaults = {
        "status": TopUp.Status.OPEN,
        "session_id": f"cs_test_{key.hex}",
        "checkout_url": "http://localhost/pay",
        "form_key": key,
        "expires_at": timezone.now() + CHECKOUT_LIFETIME,
    }
    return TopUp.objects.create(member=member, amount=Decimal(amount), bonus=Decimal(bonus), **(defaults | fields))


def make_session(top_up, **fields) -> dict:
    """The Checkout Session of a top-up, paid unless said otherwise."""
    session = {
        "id": top_up.session_id,
        "object": "checkout.session",
        "livemode": False,
        "created": int(time.time()),
        "currency": "usd",
        "status": "complete",
        "payment_status": "paid",
        "payment_intent": f"pi_{top_up.public_id.hex}",
        "customer": f"cus_{top_up.member_id}",
        "amount_subtotal": top_up.cents,
        "amount_total": top_up.cents,
        "total_details": {"amount_tax": 0, "amount_discount": 0},
        "metadata": {"top_up": str(top_up.public_id)},
    }
    return session | fields


def make_refund(top_up, cents, *, status="succeeded", **fields) -> dict:
    """A refund of a paid top-up; a new one at each call unless `id` is given."""
    refund = {
        "id": f"re_{uuid.uuid4().hex}",
        "object": "refund",
        "amount": cents,
        "currency": "usd",
        "status": status,
        "reason": "requested_by_customer",
        "payment_intent": top_up.payment_intent_id or f"pi_{top_up.public_id.hex}",
        "charge": f"ch_{top_up.public_id.hex}",
        "balance_transaction": f"txn_{uuid.uuid4().hex}",
        "created": int(time.time()),
    }
    return refund | fields


def make_dispute(top_up, cents, *, status="needs_response", moved=(-1,), fee=1500, **fields) -> dict:
    """A dispute of a paid top-up. `moved` are the signs of its balance transactions: withdrawn, and then reinstated."""
    key = fields.pop("id", None) or f"du_{uuid.uuid4().hex}"
    moves = [
        {
            "id": f"txn_{key}_{number}",
            "object": "balance_transaction",
            "type": "adjustment",
            "amount": sign * cents,
            "fee": fee if sign < 0 else 0,
            "currency": "usd",
            "created": int(time.time()),
            "source": key,
        }
        for number, sign in enumerate(moved)
    ]
    dispute = {
        "id": key,
        "object": "dispute",
        "amount": cents,
        "currency": "usd",
        "status": status,
        "reason": "fraudulent",
        "payment_intent": top_up.payment_intent_id or f"pi_{top_up.public_id.hex}",
        "charge": f"ch_{top_up.public_id.hex}",
        "balance_transactions": moves,
        "evidence_details": {"due_by": int(time.time()) + 9 * 86400, "has_evidence": False, "submission_count": 0},
        "created": int(time.time()),
    }
    return dispute | fields


def make_payout(cents=1000, *, status="paid", **fields) -> dict:
    """A payout to the bank; a new one at each call unless `id` is given."""
    payout = {
        "id": f"po_{uuid.uuid4().hex}",
        "object": "payout",
        "amount": cents,
        "currency": "usd",
        "status": status,
        "automatic": False,
        "failure_message": "The bank account has been closed." if status == "failed" else None,
        "balance_transaction": f"txn_{uuid.uuid4().hex}",
        "arrival_date": int(time.time()),
        "created": int(time.time()),
    }
    return payout | fields


def make_balance_row(type_="charge", amount="20", fee="0", *, age=timedelta(days=1), **fields) -> BalanceTransaction:
    """A row of Stripe's list, stored a day ago unless `age` says otherwise: nothing else is booked by it."""
    at = timezone.now() - age
    defaults = {
        "txn_id": f"txn_{uuid.uuid4().hex}",
        "category": type_,
        "currency": "usd",
        "created": at,
        "available_on": at,
        "seen_at": at,
    }
    row = BalanceTransaction(type=type_, amount=Decimal(amount), fee=Decimal(fee), **(defaults | fields))
    row.net = row.amount - row.fee
    row.payload = {"id": row.txn_id, "fee": int(row.fee * 100), "created": int(at.timestamp()), "description": None}
    row.save()
    return row


def make_difference(row=None, **fields) -> Difference:
    """An open difference: a payment that the ledger does not know, unless `fields` say otherwise."""
    row = row or make_balance_row(payment_intent="pi_lost", source="ch_lost")
    about = {"kind": Difference.Kind.MISSING_IN_LEDGER, "subject": row.txn_id, "amount": row.amount}
    return Difference.objects.create(balance_transaction=row, happened_at=row.created, **(about | fields))


def make_run(**fields) -> Reconciliation:
    """A run that found everything in order."""
    figures = dict.fromkeys(("stripe_total", "ledger_total", "stripe_balance"), Decimal("64.12"))
    figures |= dict.fromkeys(("on_its_way", "unexplained"), Decimal(0))
    done = {"state": Reconciliation.State.DONE, "finished_at": timezone.now(), "rows": 8, "matched": 8}
    return Reconciliation.objects.create(**(figures | done | fields))


def make_event(type_: str, thing: dict, **fields) -> dict:
    """The event around an object."""
    event = {
        "id": f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "type": type_,
        "api_version": settings.STRIPE_API_VERSION,
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": thing},
    }
    return event | fields


def store_event(type_: str, thing: dict, **fields) -> StripeEvent:
    """The event as the webhook stores it, without its job."""
    event = parsed(json.dumps(make_event(type_, thing, **fields)))
    event.save()
    return event


def signature(payload: bytes, secret: str = SECRET, at: float | None = None) -> str:
    """The Stripe-Signature header: https://docs.stripe.com/webhooks#verify-manually."""
    stamp = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def deliver(client, event, *, secret: str = SECRET, at: float | None = None):
    """POST an event to the webhook with a real signature; returns the response."""
    payload = event if isinstance(event, bytes) else json.dumps(event).encode()
    return client.post(
        "/webhooks/stripe/",
        payload,
        content_type="application/json",
        headers={"Stripe-Signature": signature(payload, secret, at)},
    )
