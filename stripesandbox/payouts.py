"""Payouts: the balance goes to the bank, arrives, or comes back."""

from stripesandbox import balance, clock, events, records, timers
from stripesandbox.errors import StripeError, unsupported
from stripesandbox.models import Record, Switch, now

BANK_ACCOUNT = "ba_1SandboxPoemVisionBank00"
DAY = 24 * 3600
UNTIL_SENT = 3600
ON_ITS_WAY = ("pending", "in_transit")
MANUAL, DAILY = "manual", "daily"


def create(cause, params):
    """POST /v1/payouts: by hand, of any amount that is available."""
    if params["currency"].lower() != "usd":
        raise unsupported(f"the currency {params['currency']}", "currency")
    wishes = {name: params.get(name) for name in ("description", "statement_descriptor")}
    method = params.get("method", "standard")
    return add(cause, params["amount"], method=method, metadata=params.get("metadata"), **wishes).wire


def add(cause, amount: int | None = None, *, method="standard", metadata=None, **wishes) -> Record:
    """Send money to the bank. Without an amount it is Stripe's own payout of all that is available."""
    automatic = amount is None
    carried = _carried() if automatic else []
    amount = sum(entry["net"] for entry in carried) if automatic else amount
    _check(amount, automatic)
    payout = records.add("payout", "po", _fields(amount, automatic, method, metadata, wishes))
    described = wishes.get("description") or "STRIPE PAYOUT"
    entry = balance.add_transaction("payout", -amount, payout.id, description=described)
    payout.change(balance_transaction=entry.id)
    for known in [*carried, entry] if automatic else ():
        known.private["payout"] = payout.id
        known.save(update_fields=["private"])
    events.emit(cause, "payout.created", payout)
    timers.set_timer(UNTIL_SENT, "send_payout", payout.id)
    timers.set_timer(payout["arrival_date"] - clock.seconds(), "pay_payout", payout.id)
    return payout


def _check(amount: int, automatic: bool) -> None:
    if amount < 1 and automatic:
        raise StripeError("Nothing is available to pay out.", code="balance_insufficient")
    if amount < 1:
        raise StripeError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if not automatic and amount > balance.sums()["available"]:
        raise StripeError(
            "You have insufficient available funds in your Stripe account. Move the clock: payments are available "
            "after two days.",
            code="balance_insufficient",
            param="amount",
        )


def _fields(amount: int, automatic: bool, method: str, metadata, wishes: dict) -> dict:
    blank = records.blank(
        "application_fee application_fee_amount balance_transaction failure_balance_transaction failure_code "
        "failure_message original_payout payout_method reversed_by statement_descriptor"
    )
    arrives = now() + 1800 if method == "instant" else (now() // DAY + 2) * DAY
    return {
        **blank,
        **wishes,
        "amount": amount,
        "arrival_date": arrives,
        "automatic": automatic,
        "currency": "usd",
        "description": wishes.get("description") or ("STRIPE PAYOUT" if automatic else None),
        "destination": BANK_ACCOUNT,
        "metadata": records.merge_metadata({}, metadata),
        "method": method,
        "reconciliation_status": "in_progress" if automatic else "not_applicable",
        "source_type": "card",
        "status": "pending",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }


def _carried() -> list[Record]:
    """An automatic payout knows every transaction that it carries to the bank: all that are available and in none yet,
    payouts by hand among them."""
    unclaimed = records.of("balance_transaction").filter(private__payout__isnull=True)
    return [entry for entry in unclaimed if balance.as_of_now(entry.wire)["status"] == "available"]


def schedule() -> str:
    """How Stripe pays out by itself: daily, or never (manual)."""
    switch = Switch.objects.filter(name="payouts").first()
    return switch.value if switch else MANUAL


def set_schedule(interval: str) -> None:
    """From now on; the first daily payout is made at the next midnight, UTC."""
    if interval not in (MANUAL, DAILY):
        raise StripeError(f"Payouts are made daily or manual, not {interval}.", param="interval")
    if interval == DAILY and schedule() != DAILY:
        timers.set_timer(DAY - clock.seconds() % DAY, "daily_payout", BANK_ACCOUNT)
    Switch.objects.update_or_create(name="payouts", defaults={"value": interval})


def pay_out_daily(cause) -> None:
    """Midnight: all that is available goes to the bank, until the schedule is manual."""
    if schedule() == DAILY:
        timers.set_timer(DAY, "daily_payout", BANK_ACCOUNT)
        if sum(entry["net"] for entry in _carried()) > 0:
            add(cause)


def send(cause, payout: Record) -> None:
    """It is handed to the bank and cannot be canceled any more."""
    _only(payout, ("pending",), "in transit")
    events.emit(cause, "payout.updated", payout, payout.change(status="in_transit"))


def pay(cause, payout: Record) -> None:
    """The money is at the bank."""
    _only(payout, ON_ITS_WAY, "paid")
    timers.drop_timers(payout.id)
    before = payout.change(status="paid", trace_id={"status": "supported", "value": f"SANDBOX{payout.seq:08}"})
    events.emit(cause, "payout.updated", payout, before)
    events.emit(cause, "payout.paid", payout)
    if payout["automatic"]:
        payout.change(reconciliation_status="completed")
        events.emit(cause, "payout.reconciliation_completed", payout)


def fail(cause, payout: Record) -> None:
    """The bank sends the money back, even days after it was paid."""
    _only(payout, (*ON_ITS_WAY, "paid"), "failed")
    payout.change(
        status="failed",
        failure_balance_transaction=_give_back(payout, "payout_failure", "STRIPE PAYOUT FAILURE"),
        failure_code="account_closed",
        failure_message="The bank account has been closed.",
    )
    events.emit(cause, "payout.failed", payout)


def cancel(cause, params, id):
    """POST /v1/payouts/:id/cancel"""
    return cancel_record(cause, records.get("payout", id)).wire


def cancel_record(cause, payout: Record) -> Record:
    """Call back one that was made by hand and has not left yet."""
    if payout["automatic"]:
        raise StripeError("Automatic payouts cannot be canceled.")
    _only(payout, ("pending",), "canceled")
    returned = _give_back(payout, "payout_cancel", "STRIPE PAYOUT CANCEL")
    payout.change(status="canceled", failure_balance_transaction=returned)
    events.emit(cause, "payout.canceled", payout)
    return payout


def _give_back(payout: Record, type: str, description: str) -> str:
    timers.drop_timers(payout.id)
    return balance.add_transaction(
        type, payout["amount"], payout.id, category="payout_reversal", at_once=True, description=description
    ).id


def _only(payout: Record, allowed: tuple, wanted: str) -> None:
    if payout["status"] not in allowed:
        raise StripeError(f"Payout {payout.id} is {payout['status']}: it cannot become {wanted}.")


def update(cause, params, id):
    """POST /v1/payouts/:id: metadata."""
    payout = records.get("payout", id)
    if before := payout.change(metadata=records.merge_metadata(payout["metadata"], params.get("metadata"))):
        events.emit(cause, "payout.updated", payout, before)
    return payout.wire
