"""From a Checkout Session to the ledger: the same steps for the webhook and for the page that the member returns to."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Subquery

from alerts.models import raise_alert
from billing import lost_top_ups, stripe_api
from billing.models import FailedPayment, StripeCustomer, TopUp
from billing.models.debt import note_debt
from billing.stripe_objects import Quarantined, book_fee, dollars, in_dollars, page_at_stripe, when
from jobs.models import Job
from ledger import posting
from memberships import attempts
from referrals import rewards
from ui.format import money


class OtherSession(Quarantined):
    """The session names a top-up that is paid through another session."""


def top_up_of(session: dict) -> TopUp:
    """The locked top-up of a Checkout Session, found by our id in its metadata. Raises Quarantined.

    One that a restored backup does not know is made again, if it is certain whose it is.
    """
    public_id = (session.get("metadata") or {}).get("top_up")
    rows = TopUp.objects.select_related("member").select_for_update(no_key=True, of=("self",))
    top_up = rows.filter(public_id=public_id).first() if is_uuid(public_id) else None
    if top_up is None and is_uuid(public_id):
        top_up = lost_top_ups.make_again(session, public_id, dollars(session["amount_subtotal"]))
    if top_up is None:
        raise Quarantined("The session names no top-up of ours.")
    if top_up.session_id not in (None, session["id"]):
        raise OtherSession(f"The top-up belongs to another session, {top_up.session_id}.")
    return top_up


def apply_session(session: dict, at: datetime) -> None:
    """Bring the top-up of `session` to where Stripe says it stands; book it when it is paid.

    `at` is when Stripe said so. Call inside a transaction. Safe to repeat, in any order: a paid top-up stays paid.
    Fulfilment follows the money (`payment_status`), not the completion: https://docs.stripe.com/checkout/fulfillment.
    """
    try:
        top_up = top_up_of(session)
    except OtherSession:
        if session["status"] == "expired":
            return  # made under a key that was given up (see checkout.open_session): shown to nobody, and over now
        raise
    if top_up.status == TopUp.Status.PAID:
        return
    if session["payment_status"] == "paid":
        _check(session, top_up)
        _book(session, top_up, at)
    elif session["payment_status"] == "no_payment_required":
        raise Quarantined("Completed without a payment, though a top-up always has a price.")
    elif session["status"] == "complete":
        _move(
            top_up,
            session,
            TopUp.Status.PROCESSING,
            from_=(TopUp.Status.CREATING, TopUp.Status.OPEN, TopUp.Status.EXPIRED),
        )
    elif session["status"] == "expired":
        _move(top_up, session, TopUp.Status.EXPIRED, from_=(TopUp.Status.CREATING, TopUp.Status.OPEN))


def fail_session(session: dict, at: datetime) -> None:
    """A delayed payment came to nothing (checkout.session.async_payment_failed)."""
    top_up = top_up_of(session)
    if top_up.status != TopUp.Status.PAID:
        top_up.failure = "The bank did not send the money."
        _move(top_up, session, TopUp.Status.FAILED, from_=TopUp.UNFINISHED)


def note_failed_attempt(intent: dict, at: datetime) -> None:
    """Keep a failed attempt to pay: one row each, however often Stripe tells it. The Checkout page stays open."""
    error = intent.get("last_payment_error") or {}
    _keep_attempt(
        intent,
        error.get("charge") or f"{intent['id']}:{int(at.timestamp())}",
        at,
        code=error.get("code") or "",
        decline_code=error.get("decline_code") or "",
        advice=error.get("advice_code") or "",
        message=error.get("message") or FailedPayment.DECLINED,
        card=card_of((error.get("payment_method") or {}).get("card")),
    )


def note_failed_charge(charge: dict, at: datetime) -> None:
    """The same attempt, told by its charge: https://docs.stripe.com/api/charges/object#charge_object-outcome."""
    outcome = charge.get("outcome") or {}
    _keep_attempt(
        charge,
        charge["id"],
        at,
        code=charge.get("failure_code") or "",
        decline_code=outcome.get("reason") or "",
        advice=outcome.get("advice_code") or "",
        message=charge.get("failure_message") or FailedPayment.DECLINED,
        card=card_of((charge.get("payment_method_details") or {}).get("card")),
    )


def _keep_attempt(thing: dict, attempt_id: str, at: datetime, **words) -> None:
    """The top-up before the attempt, as everywhere: the same refusal, told twice at once, waits in one order."""
    top_up = _top_up_named_by(thing, TopUp.objects.select_for_update(no_key=True))
    if top_up is None and attempts.is_one(thing):
        attempts.note(thing, attempt_id, at, **words)
        return
    if top_up is None:
        raise Quarantined("The payment names no top-up of ours.")
    row, created = FailedPayment.objects.select_for_update(no_key=True).get_or_create(
        attempt_id=attempt_id, defaults={"top_up": top_up, "happened_at": at, **words}
    )
    if not created:
        row.hear(at, words)
    newest = top_up.failed_payments.order_by("-happened_at", "-attempt_id")[:1].values("message")
    TopUp.objects.unfinished().filter(pk=top_up.pk).update(failure=Subquery(newest))


def _top_up_named_by(thing: dict, rows=TopUp.objects) -> TopUp | None:
    public_id = (thing.get("metadata") or {}).get("top_up")
    return rows.filter(public_id=public_id).first() if is_uuid(public_id) else None


def note_action_needed(intent: dict, at: datetime) -> None:
    """The bank wants the member to confirm the payment; the page of an open top-up says so."""
    if top_up := _top_up_named_by(intent):
        waiting = "Your bank asks you to confirm the payment. Go on with it to do so."
        TopUp.objects.payable().filter(pk=top_up.pk).update(failure=waiting)


def ask_about(intent: dict, at: datetime) -> None:
    """The payment moved on: ask Stripe how its top-up stands, should the session's own event be late or lost."""
    top_up = _top_up_named_by(intent)
    if top_up is not None and top_up.status == TopUp.Status.PAID:
        complete_later(intent["id"])
    elif top_up is not None and top_up.session_id:
        Job.enqueue(
            "billing.refresh_top_up", {"top_up": top_up.pk}, dedupe_key=f"billing.refresh_top_up:{intent['id']}:{at}"
        )


def card_of(card: dict | None) -> str:
    """`Visa 4242`, which tells two cards of one member apart; empty for other ways to pay."""
    return f"{(card.get('brand') or 'card').capitalize()} {card.get('last4') or ''}".strip() if card else ""


def complete_later(payment_intent_id: str | None) -> None:
    """Queue what a paid top-up still lacks (charge, receipt, fee), if the payment is one of ours."""
    top_up = TopUp.objects.filter(payment_intent_id=payment_intent_id or "", status=TopUp.Status.PAID).first()
    if top_up and not top_up.is_complete:
        Job.enqueue("billing.complete_top_up", {"top_up": top_up.pk}, dedupe_key=f"billing.complete_top_up:{top_up.pk}")


def complete(top_up: TopUp) -> bool:
    """Fetch charge, receipt and fee of a paid top-up and book the fee. False while Stripe has no fee yet.

    Outside a transaction: it calls Stripe. Source: https://docs.stripe.com/api/balance_transactions/object.
    """
    intent = stripe_api.call(
        "payment_intents",
        "retrieve",
        top_up.payment_intent_id,
        {"expand": ["latest_charge.balance_transaction", "latest_charge"]},
    )
    charge = intent["latest_charge"] or {}
    balance = charge.get("balance_transaction")
    top_up.charge_id, top_up.receipt_url = charge.get("id"), page_at_stripe(charge.get("receipt_url"))
    method = charge.get("payment_method_details") or {}
    top_up.card = card_of(method.get("card"))
    top_up.fingerprint = (method.get(method.get("type")) or {}).get("fingerprint") or ""
    top_up.country = ((charge.get("billing_details") or {}).get("address") or {}).get("country") or ""
    with transaction.atomic():
        if in_dollars(balance):
            top_up.fee = dollars(balance["fee"])
            book_fee(balance, f"Stripe's fee for {top_up.charge_id}")
        top_up.save(update_fields=["charge_id", "receipt_url", "card", "fingerprint", "country", "fee"])
        rewards.look_again(top_up.member, top_up.external_id, paid_as=top_up.paid_as())
        if charge.get("amount_refunded"):  # its events may have come, and gone, before the payment was booked
            Job.enqueue("billing.sync_refunds", {"charge": charge["id"]})
        if charge.get("disputed"):
            Job.enqueue("billing.sync_disputes", {"charge": charge["id"]})
    return bool(charge.get("balance_transaction"))


def _check(session: dict, top_up: TopUp) -> None:
    if session["livemode"] != settings.STRIPE_LIVEMODE:
        raise Quarantined("The session is of the other mode (test or live).")
    if session["currency"] != "usd":
        raise Quarantined(f"Paid in {session['currency']}, not in usd.")
    if session["amount_subtotal"] != top_up.cents:
        raise Quarantined(f"Paid for {session['amount_subtotal']} cents, asked for {top_up.cents}.")
    tax = (session.get("total_details") or {}).get("amount_tax") or 0
    if session["amount_total"] != top_up.cents + tax:
        raise Quarantined(f"Received {session['amount_total']} cents for a price of {top_up.cents} and tax of {tax}.")


def _book(session: dict, top_up: TopUp, at: datetime) -> None:
    tax = dollars((session.get("total_details") or {}).get("amount_tax") or 0)
    _keep_ids(session, top_up)
    book(top_up, cash=dollars(session["amount_total"]), tax=tax, ordered_at=when(session["created"]), at=at)


def book(top_up: TopUp, *, cash: Decimal, tax: Decimal = Decimal(0), ordered_at: datetime, at: datetime) -> None:
    """A top-up that carries Stripe's ids is paid: credit, bonus, what is owed, and the job for receipt and fee.

    The one way, whether the member was on Stripe's page or it happened by itself. Call inside a transaction.
    """
    top_up.cash, top_up.paid_at, top_up.failure = cash, at, ""
    top_up.status = TopUp.Status.PAID
    top_up.save()
    posted = posting.top_up(
        top_up.member,
        cash=cash,
        tax=tax,
        granted=top_up.bonus,
        external_id=top_up.external_id,
        ordered_at=ordered_at,
        happened_at=at,
    )
    note_debt(top_up.member, posted)
    if not top_up.member.is_active:
        _tell_late(top_up)
    Job.enqueue("billing.complete_top_up", {"top_up": top_up.pk}, dedupe_key=f"billing.complete_top_up:{top_up.pk}")


def _tell_late(top_up: TopUp) -> None:
    """Nobody is there to spend it: only staff know whether the money goes back or the account comes back."""
    how, else_ = "suspended", "leave it for when the account opens again"
    if top_up.member.deleted_at:
        how, else_ = "deleted", "restore the account, if its member wants to come back"
    raise_alert(
        f"billing.late_top_up.{top_up.pk}",
        f"{top_up.member.email} paid {money(top_up.cash)} after the account was {how}",
        f"The credit is booked. Refund it here; or {else_}.",
        severity="bad",
        url=top_up.staff_url,
    )


def _move(top_up: TopUp, session: dict, status: str, *, from_: tuple) -> None:
    _keep_ids(session, top_up)
    if top_up.status in from_:
        top_up.status = status
    top_up.save()


def _keep_ids(session: dict, top_up: TopUp) -> None:
    top_up.session_id = session["id"]
    top_up.payment_intent_id = session.get("payment_intent") or top_up.payment_intent_id
    if customer := session.get("customer"):
        StripeCustomer.objects.get_or_create(stripe_id=customer, defaults={"member": top_up.member})


def is_uuid(text) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True
