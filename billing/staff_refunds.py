"""Refunds that staff ask for from our own panel: each is made once, whatever becomes of Stripe's answer."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.permissions import Perm
from alerts.models import raise_alert
from alerts.models import settle as settle_alert
from billing import stripe_api
from billing.models import RefundRequest
from billing.models.adjustment import NotAllowed
from billing.stripe_objects import UNREADABLE, Quarantined
from jobs.models import Job
from memberships import invoice_events
from memberships.models import Invoice
from ui.format import money

log = logging.getLogger("billing")
# Longer than Stripe works on any one request: what a list does not show by then was not made
NOTHING_UNDER_WAY = timedelta(minutes=2)
LATE = timedelta(minutes=10)  # without an answer for so long, a person is told

DISPUTED = (
    "This payment is disputed: the member’s bank has taken the money and decides whose it is, so it cannot be refunded "
    "besides. Answer the dispute at Stripe, or accept it there."
)
NOT_KNOWN = (
    "Stripe did not say what it has billed for this subscription since, so it is not known how much is left. Nothing "
    "was refunded; try again in a moment."
)
NOT_BOOKED = (
    "Something that Stripe has billed for this subscription since could not be booked, so it is not known how much is "
    "left. Nothing was refunded; an alert says what it is."
)
TOO_MUCH = "amount_too_large"
REFUSALS = {
    "charge_disputed": DISPUTED,
    "refund_disputed_payment": DISPUTED,
    "charge_already_refunded": (
        "All of this payment has gone back already. Refunds that were made at Stripe are fetched now; look at the list "
        "on the page of this payment."
    ),
    TOO_MUCH: (
        "At Stripe less than that is left of this payment. Refunds that were made there are fetched now; look at the "
        "page of this payment, then try a smaller amount."
    ),
    "not_allowed": "Whoever asked for this refund may not refund any more. Nothing was refunded.",
    "not_configured": "STRIPE_SECRET_KEY is not set on this installation, so payments are off. Nothing was refunded.",
}  # https://docs.stripe.com/error-codes, and one of ours
OUT_OF_STEP = ("charge_already_refunded", TOO_MUCH)


def refusal(request: RefundRequest) -> str:
    """Why Stripe refused it, and what to do, in words."""
    return REFUSALS.get(request.error_code) or f"Stripe refused: {request.error} Nothing was refunded."


def start(payment, amount, *, by, **asked) -> RefundRequest:
    """`RefundRequest.objects.ask`, and one call to Stripe if it is new. Raises NotAllowed."""
    if isinstance(payment, Invoice):
        _read_later(payment)
    request, is_new = RefundRequest.objects.ask(payment, amount, by=by, **asked)
    if is_new:
        send(request)
    return request


def _read_later(invoice: Invoice) -> None:
    """A change of plan of this moment may have put its money on the customer's balance, whatever we have heard."""
    alert = f"memberships.billed_later.{invoice.pk}"
    try:
        invoice_events.read_later(invoice)
    except (stripe_api.Unreachable, stripe_api.Rejected) as error:
        raise NotAllowed(NOT_KNOWN) from error
    except (Quarantined, *UNREADABLE) as error:
        log.exception("What was billed after invoice %s could not be booked", invoice.pk)
        title = f"What Stripe billed after invoice {invoice.number or invoice.stripe_id} could not be booked"
        raise_alert(alert, title, f"{type(error).__name__}: {error}", severity="bad", url=invoice.staff_url)
        raise NotAllowed(NOT_BOOKED) from error
    except stripe_api.NotConfigured:
        return  # which `send` tells
    settle_alert(alert)


def send(request: RefundRequest) -> None:
    """Ask Stripe for the refund, under the key that stands on the row, and write down what came of it.

    Only for a request that was never sent, or that Stripe certainly does not know. Outside a transaction.
    """
    if not request.note_call():
        return request.refresh_from_db()
    try:
        refund = stripe_api.call("refunds", "create", _params(request), {"idempotency_key": request.idempotency_key})
    except (stripe_api.Broken, stripe_api.KeyReused) as error:  # the key answers the same for ever, whatever was done
        request.doubt(str(error), key_is_used_up=True)
    except stripe_api.Unreachable as error:
        request.doubt(str(error), key_is_used_up=False)
    except stripe_api.NotConfigured as error:
        request.refuse("not_configured", str(error))
    except stripe_api.Rejected as error:
        _refuse(request, error)
    else:
        request.accept(refund)


def _params(request: RefundRequest) -> dict:
    """As https://docs.stripe.com/api/refunds/create says. All of it stands on the row: a repeated call is the same."""
    of = {"top_up": str(request.top_up.public_id)} if request.top_up else {"invoice": request.invoice.stripe_id}
    return {
        "payment_intent": request.payment.payment_intent_id,
        "amount": int(request.amount * 100),
        "reason": request.stripe_reason,
        "metadata": {"refund_request": str(request.public_id), **of},
    }


def _refuse(request: RefundRequest, error: stripe_api.Rejected) -> None:
    # Stripe gives a code for this in some cases only
    code = error.code or (TOO_MUCH if error.param == "amount" else "")
    request.refuse(code, str(error))
    if code in OUT_OF_STEP and request.payment.charge_id:
        Job.enqueue("billing.sync_refunds", {"charge": request.payment.charge_id})


def settle(request: RefundRequest) -> None:
    """Find out what became of a request without an answer: look it up at Stripe, and ask again only if it is not there.

    Errors: those of `stripe_api.call`; the request then stays as it is.
    """
    if not request.is_open:
        return
    for refund in stripe_api.listed("refunds", payment_intent=request.payment.payment_intent_id):
        RefundRequest.objects.hear(refund)
    request.refresh_from_db()
    never = request.called_at is None
    if request.is_open and never and not request.requested_by.can(Perm.BILLING_REFUND):
        request.refuse("not_allowed", "Whoever asked for it may not refund any more.")
    elif request.is_open and (never or request.called_at < timezone.now() - NOTHING_UNDER_WAY):
        send(request)


def look_after() -> int:
    """Take up requests whose job is gone, each at most once an hour, and tell a person; returns how many.

    A request that has its job still is only looked up once more, which is harmless.
    """
    now = timezone.now()
    taken = 0
    for request in RefundRequest.objects.filter(status__in=RefundRequest.OPEN, created_at__lt=now - LATE)[:200]:
        with transaction.atomic():
            key = f"billing.settle_refund:{request.pk}:{now:%Y-%m-%dT%H}"
            if Job.enqueue("billing.settle_refund", {"request": request.pk}, dedupe_key=key):
                title = f"Stripe has not said what became of a refund of {money(request.amount)}"
                raise_alert(request.alert, title, "It is looked up again and again.", severity="bad", url=request.url)
                taken += 1
    return taken
