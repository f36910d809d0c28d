"""What happens to a subscription by itself: it renews, its invoice is collected, tried again, given up."""

from dataclasses import replace

from stripesandbox import bills, cards, clock, events, methods, payments, periods, records, timers
from stripesandbox.errors import StripeError
from stripesandbox.models import Record

DRAFT_FOR = 3600  # Stripe leaves an hour for changes to an invoice
RETRY_DAYS = (3, 5, 7)  # after each failed attempt; the fourth failure ends the subscription
DAY = 24 * 3600
EXPIRED = cards.CARDS["4000000000000069"]
ON_ORDER = cards.CARDS["4000000000000002"]
AUTHENTICATE = cards.TestCard(
    result=cards.DECLINE,
    code="authentication_required",
    decline_code="authentication_required",
    message="Your card was declined. This transaction requires authentication.",
)


def renew(cause, subscription: Record) -> None:
    """A period is over: the next begins, or the subscription ends as it was told to."""
    from stripesandbox import subscriptions

    start, end = subscriptions.period_of(subscription)
    if subscription["status"] not in ("active", "past_due") or end > clock.seconds():
        return
    if subscription["cancel_at_period_end"]:
        subscriptions.end(cause, subscription, "cancellation_requested")
        return
    subscription.private["periods"] += 1
    count, anchor = subscription.private["periods"], subscription["billing_cycle_anchor"]
    items = [
        {
            **item,
            "current_period_start": end,
            "current_period_end": periods.after(anchor, item["price"]["recurring"], count),
        }
        for item in subscription["items"]["data"]
    ]
    former = subscription["latest_invoice"]
    before = subscription.change(items={**subscription["items"], "data": items})
    lines = [*subscription.private["pending"], *bills.whole_period(subscription)]
    subscription.private["pending"] = []
    invoice = bills.draft(cause, subscription, "subscription_cycle", lines, (start, end))
    events.emit(cause, "customer.subscription.updated", subscription, {**before, "latest_invoice": former})
    timers.set_timer(subscriptions.period_of(subscription)[1] - clock.seconds(), "renew", subscription.id)
    timers.set_timer(DRAFT_FOR, "finalize_invoice", invoice.id)


def finalize(cause, invoice: Record) -> None:
    """The hour is over: it is due, and collected at once."""
    if invoice["status"] == "draft":
        bills.finalize(cause, invoice)
        collect(cause, invoice)


def collect(cause, invoice: Record, behavior: str = "allow_incomplete", *, confirmed: bool = False) -> None:
    """One attempt to take what is due; `confirmed`: the customer has answered the bank."""
    invoice.refresh_from_db()
    if invoice["status"] != "open":
        return
    subscription = records.get("subscription", invoice.private["subscription"])
    charge = None
    if invoice["amount_due"]:
        intent = records.get("payment_intent", invoice.private["payment_intent"])
        method = _method(subscription)
        card = _behaviour(subscription, method, confirmed) if method else None
        if card is None or card.result == cards.DECLINE:
            if behavior == "error_if_incomplete":
                message = card.message if card else "This customer has no attached payment source."
                raise StripeError(message, status=402, type="card_error", code=card.code if card else "missing")
            if card:
                payments.decline(cause, intent, method, card)
            _failed(cause, invoice, subscription, card)
            return
        charge = payments.succeed(cause, intent, method, challenged=confirmed)
    timers.drop_timers(invoice.id)
    bills.mark_paid(cause, invoice)
    _recover(cause, subscription)
    if charge:
        payments.book(cause, charge)


def asks(invoice: Record) -> bool:
    """Whether the bank wants the customer to confirm it."""
    method = _method(records.get("subscription", invoice.private["subscription"]))
    return method is not None and unattended(method) is AUTHENTICATE


def _method(subscription: Record) -> Record | None:
    customer = records.get("customer", subscription["customer"])
    return records.find(
        subscription["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
    )


def _behaviour(subscription: Record, method: Record, confirmed: bool) -> cards.TestCard:
    """What the card does, unless the bank was told to refuse."""
    if times := subscription.private.get("next_fails", 0):
        subscription.private["next_fails"] = times - 1
        subscription.save(update_fields=["private"])
        return ON_ORDER
    return unattended(method, confirmed=confirmed)


def unattended(method: Record, *, confirmed: bool = False) -> cards.TestCard:
    """What the card does when nobody is there to answer the bank, or once somebody has."""
    if methods.has_expired(method):
        return EXPIRED
    card = cards.TestCard(**method.private)
    if card.result == cards.CHALLENGE:
        if card.asks_always and not confirmed:
            return AUTHENTICATE
        return replace(card, result=cards.DECLINE if card.code else cards.APPROVE)
    return card


def _failed(cause, invoice: Record, subscription: Record, card: cards.TestCard | None) -> None:
    attempts = invoice["attempt_count"] + 1
    first = invoice["billing_reason"] == "subscription_create"
    waits = None if first or attempts > len(RETRY_DAYS) else RETRY_DAYS[attempts - 1] * DAY
    again = int(clock.seconds()) + waits if waits else None
    if not first and (before := subscription.change(status="past_due")):
        events.emit(cause, "customer.subscription.updated", subscription, before)
    before = invoice.change(attempted=True, attempt_count=attempts, next_payment_attempt=again)
    events.emit(cause, "invoice.updated", invoice, before)
    if card is AUTHENTICATE:
        events.emit(cause, "invoice.payment_action_required", invoice)
    events.emit(cause, "invoice.payment_failed", invoice)
    if again:
        timers.drop_timers(invoice.id)
        timers.set_timer(waits, "retry_invoice", invoice.id)
    elif not first:
        from stripesandbox import subscriptions

        bills.give_up(cause, invoice)
        subscriptions.end(cause, subscription, "payment_failed")


def _recover(cause, subscription: Record) -> None:
    """All that was owed is paid."""
    if subscription["status"] in ("incomplete", "past_due") and not bills.owed(subscription).exists():
        before = subscription.change(status="active")
        events.emit(cause, "customer.subscription.updated", subscription, before)


def pay(cause, params, id):
    """POST /v1/invoices/:id/pay: now, whatever the schedule says."""
    invoice = records.get("invoice", id)
    if invoice["status"] == "paid":
        raise StripeError("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] != "open":
        raise StripeError(f"This invoice is {invoice['status']} and cannot be paid.")
    collect(cause, invoice)
    invoice.refresh_from_db()
    return invoice.wire
