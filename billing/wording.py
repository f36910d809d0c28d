"""How a ledger transaction reads, on screen and in files alike."""

from decimal import Decimal

from ledger.models import Kind, Transaction
from ui.format import money

BACK = (Kind.REFUND, Kind.DISPUTE, Kind.PREMIUM_REFUND, Kind.PREMIUM_DISPUTE)
UNDONE = {
    Kind.REFUND: "Refund failed",
    Kind.DISPUTE: "Dispute won",
    Kind.PREMIUM_REFUND: "Refund failed",
    Kind.PREMIUM_DISPUTE: "Dispute won",
    Kind.PAYOUT: "Payout returned",
    Kind.DEBT_WRITTEN_OFF: "Write-off undone",
    Kind.SETTLE: "Charge undone",
}


def kind_words(transaction: Transaction) -> str:
    """What it is; a reversal says what it undid."""
    if transaction.kind != Kind.REVERSAL:
        return transaction.get_kind_display()
    undone = transaction.reverses
    return UNDONE.get(undone.kind) or f"{undone.get_kind_display()} undone"


def debt_words(transaction: Transaction, whose: str) -> str:
    """What it does to a debt; `whose` is "what you owed" or "what was owed"."""
    change = transaction.debt_change
    if change > 0:
        return f"{money(change)} more is owed"
    if transaction.kind == Kind.DEBT_WRITTEN_OFF:
        return f"{money(-change)} is no longer owed"
    return f"pays {money(-change)} of {whose}"


def signed_amount(transaction: Transaction) -> Decimal:
    """The amount as the member sees it: a refund takes, and a reversal does the opposite of what it corrects."""
    if transaction.kind == Kind.REVERSAL:
        return -signed_amount(transaction.reverses)
    return -transaction.amount if transaction.kind in BACK else transaction.amount


def source_of(transaction: Transaction) -> str:
    """Where the money or the credit came from: Stripe, a colleague, or the system."""
    if transaction.external_id and transaction.external_id.startswith("stripe:"):
        return "Stripe"
    return str(transaction.actor) if transaction.actor_id else "System"


def member_note(transaction: Transaction) -> str:
    """What a member may read of it: never the words of staff or of Stripe's risk team."""
    if transaction.service:
        return words(transaction.service)
    return "" if transaction.actor_id or transaction.kind in (*BACK, Kind.REVERSAL) else transaction.note


def staff_note(transaction: Transaction) -> str:
    """What staff read of it: the words that came with it, else what it was for."""
    return transaction.note or words(transaction.service)


def own_id(external_id: str | None) -> str:
    """The id of Stripe's in the ledger's name for something: `re_1` of `stripe:refund:re_1:failed`; else the name."""
    parts = (external_id or "").split(":")
    return parts[2] if parts[0] == "stripe" and len(parts) > 2 else external_id or ""


def words(code: str) -> str:
    """A code of Stripe's as words: `product_not_received` is "Product not received"."""
    return code.replace("_", " ").capitalize()
