"""What staff see of one top-up or invoice: where its money stands, and what a refund would do."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Substr

from billing import staff_refunds
from billing.models import Refund, RefundRequest, TopUp
from ledger import posting
from ledger.models import Kind, Lot, Transaction
from ledger.queries import movements
from memberships.models import Invoice, MoneyBack

UNKNOWN = "It may have been made. It is looked up at Stripe, and asked for again only when Stripe certainly has none."
TAKEN = (Kind.PREMIUM_REFUND, Kind.PREMIUM_DISPUTE)  # money that went out, booked by its size
WAITING = "The credit moves when Stripe’s event arrives, usually within seconds."


@dataclass(frozen=True)
class RefundRow:
    """One refund: what we asked for (`request`), what Stripe told of it (`refund`), and how it was booked, if so."""

    request: RefundRequest | None
    refund: Refund | MoneyBack | None
    booked: Transaction | None = None
    given_back: Transaction | None = None

    @property
    def amount(self) -> Decimal:
        return (self.refund or self.request).amount

    @property
    def stripe_id(self) -> str | None:
        return (self.refund or self.request).stripe_id

    @property
    def created_at(self):
        return (self.request or self.refund).created_at

    @property
    def status(self) -> str:
        return (self.refund or self.request).status

    @property
    def status_words(self) -> str:
        if self.booked and self.status == Refund.Status.SUCCEEDED:
            return "Refunded"
        return (self.refund or self.request).get_status_display()

    @property
    def under_way(self) -> bool:
        """Whether the next words come by themselves, within seconds or minutes."""
        return self.refund is None and self.status != RefundRequest.Status.REFUSED

    @property
    def note(self) -> str:
        if self.refund:
            return ""
        words = {
            RefundRequest.Status.UNKNOWN: f"{self.request.error} {UNKNOWN}",
            RefundRequest.Status.ACCEPTED: WAITING,
        }
        if self.status == RefundRequest.Status.REFUSED:
            return staff_refunds.refusal(self.request)
        return words.get(self.status, "")


@dataclass(frozen=True)
class PaymentMoney:
    """Where the money of one payment stands. `left` can still be refunded; `lots` are what the member has of it."""

    left: Decimal
    refunds: list[RefundRow]
    lots: list[Lot]
    transactions: list[Transaction]

    @property
    def changes(self) -> list[tuple[Transaction, Decimal]]:
        """Each booking with its amount, US dollars: below zero where money went out."""
        return [(row, -row.amount if row.kind in TAKEN else row.amount) for row in self.transactions]

    @property
    def under_way(self) -> bool:
        return any(row.under_way for row in self.refunds)


def top_up_money(top_up: TopUp) -> PaymentMoney:
    """All that was booked about a top-up, and its refunds, booked or not."""
    payment = Transaction.objects.filter(external_id=top_up.external_id).first()
    return _money(top_up, _about(payment), payment)


def invoice_money(invoice: Invoice) -> PaymentMoney:
    """All that was booked about an invoice for Premium, and its refunds, booked or not."""
    booked = movements().filter(external_id__in=invoice.names_in_ledger())
    grant = Transaction.objects.filter(external_id=f"{invoice.external_id}:credit").first()
    return _money(invoice, booked, grant)


def _money(payment: TopUp | Invoice, transactions: QuerySet[Transaction], gave: Transaction | None) -> PaymentMoney:
    booked = {row.external_id: row for row in transactions}
    told = {refund.stripe_id: refund for refund in payment.refunds.all()}
    rows = [(asked, told.pop(asked.stripe_id, None)) for asked in _asked(payment)]
    rows += [(None, refund) for refund in told.values()]
    refunds = [RefundRow(asked, refund, *_how_booked(refund, booked)) for asked, refund in rows]
    return PaymentMoney(
        left=RefundRequest.objects.left(payment),
        refunds=sorted(refunds, key=lambda row: row.created_at, reverse=True),
        lots=list(Lot.objects.filter(transaction=gave).select_related("transaction")) if gave else [],
        transactions=list(booked.values()),
    )


def _about(payment: Transaction | None) -> QuerySet[Transaction]:
    """The booking of a payment and all that followed from it, the newest first."""
    return movements().filter(Q(pk=payment.pk) | Q(about=payment.pk), notable=True) if payment else movements().none()


def _asked(payment):
    return payment.refund_requests.select_related("requested_by")


def _how_booked(refund: Refund | MoneyBack | None, booked: dict) -> tuple[Transaction | None, Transaction | None]:
    names = (refund.external_id, refund.reversal_external_id) if refund else (None, None)
    return tuple(booked.get(name) if name else None for name in names)


def refund_preview(top_up: TopUp, amount: Decimal) -> Transaction | None:
    """What a refund of `amount` US dollars would do to the member's credit, as the ledger stands now.

    The ledger books it, and everything is rolled back: so its own rules answer, and nothing is written. The effect is
    in `paid_change`, `granted_change` and `debt_change`; None for more than is left, and when it would refuse.
    """
    if amount > RefundRequest.objects.left(top_up):
        return None
    try:
        with transaction.atomic():
            asked = {"top_up_external_id": top_up.external_id, "external_id": f"preview:{top_up.pk}"}
            posted = posting.refund(top_up.member, amount, **asked)
            effect = movements(top_up.member).get(pk=posted.transaction_id)
            transaction.set_rollback(True)
    except posting.LedgerError:
        return None
    return effect


def with_top_up(rows: QuerySet[Transaction]) -> QuerySet[Transaction]:
    """Annotate `top_up_id`: the top-up that a transaction books, or is about; its name ends with Stripe's id."""
    name = Coalesce("about__external_id", "external_id")
    session, intent = (Substr(name, len(kind) + 1) for kind in (TopUp.EXTERNAL, TopUp.EXTERNAL_AUTOMATIC))
    named = Q(session_id=OuterRef("session_name")) | Q(payment_intent_id=OuterRef("intent_name"))
    found = TopUp.objects.filter(named).values("pk")[:1]
    return rows.alias(session_name=session, intent_name=intent).annotate(top_up_id=Subquery(found))
