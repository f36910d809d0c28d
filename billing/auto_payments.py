"""What Stripe says of a payment that nobody was there for, and what follows from it, once."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import tunables.values
from billing import auto_notices, fulfilment, lost_top_ups, stripe_api
from billing.models import AutoTopUp, AutoTopUpAttempt, TopUp
from billing.stripe_objects import Quarantined, dollars, when

AUTOMATIC = "automatic"
DECLINED = "The payment was declined."
FAILED = ("requires_payment_method", "requires_action", "requires_confirmation", "canceled")


def params(attempt: AutoTopUpAttempt) -> dict:
    """As https://docs.stripe.com/payments/save-and-reuse says of charging a saved card when its owner is not there.

    All of it stands on the rows: a repeated call is the same.
    """
    top_up = attempt.top_up
    return {
        "amount": top_up.cents,
        "currency": "usd",
        "customer": attempt.customer_id,
        "payment_method": attempt.payment_method_id,
        "allowed_payment_method_types": ["card"],
        "confirm": True,
        "off_session": True,
        "description": "Poem Vision AI credit, auto top-up",
        "metadata": {
            "top_up": str(top_up.public_id),
            "kind": AUTOMATIC,
            "member": str(top_up.member_id),
            "bonus": f"{top_up.bonus:.6f}",
        },
    }


def is_one(intent: dict) -> bool:
    """Whether a PaymentIntent, or a charge of one, is of an auto top-up."""
    return (intent.get("metadata") or {}).get("kind") == AUTOMATIC


def catch_up(intent_id: str, at: datetime) -> bool:
    """Ask Stripe for a payment that is not booked, and apply it. False if it is none of these."""
    intent = stripe_api.call("payment_intents", "retrieve", intent_id)
    if not is_one(intent):
        return False
    with transaction.atomic():
        apply_intent(intent, at)
    return True


def apply_intent(intent: dict, at: datetime) -> None:
    """Bring the top-up of a PaymentIntent to where Stripe says it stands. Call inside a transaction.

    Safe to repeat, in any order: a paid top-up stays paid, and one that was taken for failed is paid after all.
    """
    top_up = _top_up_of(intent)
    if top_up.status == TopUp.Status.PAID:
        return
    top_up.payment_intent_id = intent["id"]
    if intent["status"] == "succeeded":
        _check(intent, top_up)
        fulfilment.book(top_up, cash=dollars(intent["amount_received"]), ordered_at=when(intent["created"]), at=at)
        _settle_paid(top_up)
        return
    top_up.save(update_fields=["payment_intent_id"])
    if intent["status"] in FAILED:
        error = intent.get("last_payment_error") or {}
        code = error.get("code") or intent.get("cancellation_reason") or intent["status"]
        _settle_failed(top_up, code, error.get("message") or DECLINED)


def fail(attempt: AutoTopUpAttempt, code: str, message: str) -> None:
    """A definite no, before there was a payment at Stripe."""
    with transaction.atomic():
        top_up = TopUp.objects.select_for_update(no_key=True).get(pk=attempt.top_up_id)
        _settle_failed(top_up, code, message)


def let_go(attempt: AutoTopUpAttempt, why: str) -> None:
    """Nothing was charged, and the card is not to blame."""
    with transaction.atomic():
        top_up = TopUp.objects.select_for_update(no_key=True).get(pk=attempt.top_up_id)
        open_ones = AutoTopUpAttempt.objects.filter(pk=attempt.pk, settled_at=None)
        if top_up.status == TopUp.Status.PROCESSING and open_ones.update(settled_at=timezone.now(), code="not_asked"):
            _mark_failed(top_up, why)


def _top_up_of(intent: dict) -> TopUp:
    """The locked top-up that a PaymentIntent names. Raises Quarantined."""
    named = intent["metadata"]
    public_id = named.get("top_up")
    rows = TopUp.objects.select_related("member").select_for_update(no_key=True, of=("self",))
    top_up = rows.filter(public_id=public_id).first() if fulfilment.is_uuid(public_id) else None
    if top_up is None and fulfilment.is_uuid(public_id):
        told = {**intent, "client_reference_id": named.get("member"), "customer_details": None}
        top_up = lost_top_ups.make_again(told, public_id, dollars(intent["amount"]))
        if top_up is not None:
            _make_attempt_again(intent, top_up)
    if top_up is None:
        raise Quarantined("The payment names no top-up of ours.")
    if top_up.session_id or top_up.payment_intent_id not in (None, intent["id"]):
        raise Quarantined("The top-up belongs to another payment.")
    return top_up


def _make_attempt_again(intent: dict, top_up: TopUp) -> None:
    """Without it the month would have room that is used up, and another attempt could follow at once."""
    auto, _ = AutoTopUp.objects.get_or_create(member=top_up.member)
    made_at, method = when(intent["created"]), intent.get("payment_method") or ""
    facts = {"customer_id": intent.get("customer") or "", "payment_method_id": method, "asked_at": made_at}
    facts |= {"created_at": made_at, "settled_at": timezone.now(), "code": AutoTopUpAttempt.MADE_AGAIN}
    facts["card"] = auto.card if auto.payment_method_id == method else ""
    AutoTopUpAttempt.objects.get_or_create(top_up=top_up, defaults={"auto": auto, **facts})


def _check(intent: dict, top_up: TopUp) -> None:
    if intent["livemode"] != settings.STRIPE_LIVEMODE:
        raise Quarantined("The payment is of the other mode (test or live).")
    if intent["currency"] != "usd":
        raise Quarantined(f"Paid in {intent['currency']}, not in usd.")
    if intent["amount_received"] != top_up.cents:
        raise Quarantined(f"Received {intent['amount_received']} cents, asked for {top_up.cents}.")


def _settle_paid(top_up: TopUp) -> None:
    attempt = AutoTopUpAttempt.objects.filter(top_up=top_up).first()
    if attempt is None or attempt.is_made_again:  # it was told before the backup was restored
        return
    now, auto = timezone.now(), AutoTopUp.objects.select_for_update(no_key=True).get(pk=attempt.auto_id)
    for_failures = not auto.is_on and auto.off_because == AutoTopUp.Off.FAILURES and auto.payment_method_id
    if attempt.settled_at and for_failures:  # it was counted as failed: what followed from that is undone
        auto.is_on, auto.changed_at = True, now
    auto.failures = 0
    auto.save(update_fields=["is_on", "changed_at", "failures"])
    AutoTopUpAttempt.objects.filter(pk=attempt.pk).update(settled_at=attempt.settled_at or now, code="")
    auto_notices.tell_paid(auto, attempt, top_up)


def _settle_failed(top_up: TopUp, code: str, message: str) -> None:
    """Counted, told, and off after so many in a row; each attempt once."""
    attempt = AutoTopUpAttempt.objects.filter(top_up=top_up).first()
    if attempt is None or attempt.is_made_again:  # it was counted and told before the backup was restored
        _mark_failed(top_up, message)
    if attempt is None or attempt.settled_at:
        return
    auto = AutoTopUp.objects.select_for_update(no_key=True).get(pk=attempt.auto_id)  # before the attempt, as `_begin`
    attempt.code, attempt.settled_at = code[:64], timezone.now()
    attempt.save(update_fields=["code", "settled_at"])
    _mark_failed(top_up, message)
    auto.failures += 1
    if auto.is_on and auto.failures >= tunables.values.get("auto_topup_failures_before_off"):
        auto.is_on, auto.off_because, auto.changed_at = False, AutoTopUp.Off.FAILURES, timezone.now()
    auto.save(update_fields=["failures", "is_on", "off_because", "changed_at"])
    auto_notices.tell_failed(auto, attempt, top_up)


def _mark_failed(top_up: TopUp, message: str) -> None:
    top_up.status, top_up.failure = TopUp.Status.FAILED, message
    top_up.save(update_fields=["status", "failure"])
