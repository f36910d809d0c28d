"""Disputes, warnings of them, and what members owe."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from accounts.models import User
from accounts.queries import named
from billing.models import DebtDecision, Dispute, FraudWarning, RefundRequest
from billing.wording import words
from ledger.models import Entry, Transaction, Wallet

DISPUTE_STATES = (("answer", "Needs an answer"), ("open", "Open"), ("won", "Won"), ("lost", "Lost"))


def disputes(*, state: str = "", q: str = "", by_email: bool = False) -> QuerySet[Dispute]:
    """Disputes with their payment; `state` is one of DISPUTE_STATES, `q` begins a name or e-mail, or is an id."""
    rows = Dispute.objects.select_related("top_up__member", "invoice__member")
    if state == "answer":
        rows = rows.filter(status__in=Dispute.WAITING, answered=False)
    elif state == "open":
        rows = rows.open()
    elif state:
        rows = rows.filter(status=state)
    if q:
        members, found = named(q, by_email=by_email), Q(stripe_id=q)
        for payment in ("top_up", "invoice"):
            found |= Q(**{f"{payment}__payment_intent_id": q}) | Q(**{f"{payment}__charge_id": q})
            found |= Q(**{f"{payment}__member__in": members})
        rows = rows.filter(found)
    return rows


DISPUTE_COLUMNS = (
    ("opened", "Opened", lambda row: row.created_at),
    ("user", "User", lambda row: row.member.email),
    ("amount", "Amount", lambda row: row.amount),
    ("paid_for", "Paid for", lambda row: "Top-up" if row.top_up_id else "Premium"),
    ("reason", "Reason", lambda row: words(row.reason)),
    ("status", "Status", lambda row: row.get_status_display()),
    ("answer_by", "Answer by", lambda row: row.answer_by if row.needs_answer else None),
    ("at_stripe", "At Stripe", lambda row: row.stripe_id),
)


def fraud_warnings() -> list[FraudWarning]:
    """Early fraud warnings of the last 120 days, newest first, of payments that are not disputed nor all refunded."""
    newest = FraudWarning.objects.undecided().select_related("top_up__member", "invoice__member")[:50]
    return [warning for warning in newest if RefundRequest.objects.left(warning.payment)]


@dataclass(frozen=True)
class Debt:
    """What a member owes in US dollars, and what staff decided last; `decision` is None where nobody did."""

    member: User
    owed: Decimal
    blocked: bool
    decision: DebtDecision | None


def written_off(*, limit: int = 10) -> list[DebtDecision]:
    """The latest debts that were given up and may be taken up again."""
    rows = DebtDecision.objects.filter(~_undone(), choice=DebtDecision.Choice.WRITE_OFF)
    return list(rows.select_related("member", "decided_by")[:limit])


def _undone() -> Exists:
    return Exists(Transaction.objects.filter(reverses=OuterRef("transaction_id"), notable=True))


def debts(*, limit: int = 100) -> list[Debt]:
    """Members who owe, the largest debt first."""
    wallets = list(Wallet.objects.filter(debt__gt=0).select_related("member").order_by(F("debt").desc())[:limit])
    members = [wallet.member_id for wallet in wallets]
    decided = DebtDecision.objects.filter(~_undone(), member__in=members)
    decided = decided.select_related("decided_by").order_by("pk")
    newest = {decision.member_id: decision for decision in decided}
    return [
        Debt(wallet.member, wallet.debt, wallet.blocked_while_owing, newest.get(wallet.member_id)) for wallet in wallets
    ]


def debt_met_by(top_up) -> Decimal:
    """How much of what the member owed this payment settled, in US dollars."""
    entries = Entry.objects.filter(transaction__external_id=top_up.external_id, account__role="debt")
    return -entries.aggregate(total=Sum("amount", default=Decimal(0)))["total"]
