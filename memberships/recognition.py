"""What is paid for Premium becomes revenue month by month; what goes back takes first what is not earned yet.

How an invoice stands in the books follows from its facts alone: what was paid, which months have passed, what went back
and when. `recognise` posts the difference between what should stand under each name and what does, so that the order in
which the facts are heard changes nothing. https://docs.stripe.com/revenue-recognition/methodology

Where Premium ends before what was paid for, nothing more is owed: what is left is earned at that moment, and a refund
that follows takes it back. A switch that leaves the customer a balance moves nothing: what was paid is still earned
over the time that it was paid for, whatever the balance pays meanwhile.
"""

import calendar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import count, takewhile

from django.db import transaction
from django.utils import timezone

from ledger import posting
from memberships.models import Invoice, MoneyBack, Subscription

CENT = Decimal("0.01")
ZERO = Decimal(0)
DEFERRED = "deferred_subscription"
LOSS = {MoneyBack.Kind.REFUND: "subscription_revenue", MoneyBack.Kind.DISPUTE: "disputes"}


@dataclass
class Part:
    """What should stand under one name of the ledger; `at` is when it happened."""

    debit: str
    credit: str
    amount: Decimal
    at: datetime
    note: str


@dataclass
class Standing:
    """How an invoice stands as time goes by: `left` is neither earned nor gone, `gone` went back of what was paid."""

    invoice: Invoice
    left: Decimal
    gone: Decimal = ZERO
    tax_gone: Decimal = ZERO
    recognised: Decimal = ZERO
    unearned: Decimal = ZERO
    earns_at: datetime | None = None
    parts: dict[str, Part] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"Premium, invoice {self.invoice.number or self.invoice.stripe_id}"

    def earn(self, number: int, end: datetime, months_left: int) -> None:
        """A month has passed: what is left is spread evenly over those to come."""
        share = cents(self.left / months_left)
        self.left -= share
        self.recognised += share
        at = max(end, self.invoice.paid_at)
        name = f"{self.invoice.external_id}:earned:{number}"
        self.parts[name] = Part(DEFERRED, "subscription_revenue", share, at, f"{self.name}: month {number} is earned")

    def take(self, back: MoneyBack) -> None:
        """A refund takes back revenue, a dispute is a loss; a share is tax. What is more than was paid is a loss."""
        row = self.invoice
        over = max(ZERO, self.gone + back.amount - row.cash)
        self.gone += back.amount - over
        tax = cents(row.tax * self.gone / row.cash) - self.tax_gone
        self.tax_gone += tax
        back.unearned = min(back.amount - over - tax, self.left)
        self.left -= back.unearned
        self.unearned += back.unearned
        earned = back.amount - over - tax - back.unearned
        for word, debit, amount, of in (
            ("earned", LOSS[back.kind], earned, "of what was earned"),
            ("tax", "tax_payable", tax, "its tax"),
            ("over", "disputes", over, "more than was paid"),
        ):
            note = f"{self.name}: {back.get_kind_display().lower()}, {of}"
            self.parts[f"{back.external_id}:{word}"] = Part(debit, DEFERRED, amount, back.taken_at, note)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def standing(row: Invoice, backs: list[MoneyBack], now: datetime, ended: datetime | None = None) -> Standing:
    """How a paid invoice stands at `now`, by its facts. What came back after all is as if it had never gone."""
    held = sorted((back for back in backs if back.holds), key=lambda back: (back.taken_at, back.stripe_id))
    ends, found = _ends(row, ended), Standing(row, row.earnable)
    for number, end in enumerate(ends, 1):
        if end > now:
            break
        while held and held[0].taken_at < end:
            found.take(held.pop(0))
        found.earn(number, end, len(ends) - number + 1)
    ahead = any(back.taken_at > now for back in held)  # by Stripe's clock, which is not ours
    for back in held:
        found.take(back)
    if found.left or ahead:
        found.earns_at = min((end for end in ends if end > now), default=None)
    return found


def recognise(row: Invoice, now: datetime | None = None) -> bool:
    """Bring the books to where the invoice stands, and say when the next part is due; whether anything was posted.

    Inside a transaction, the row locked.
    """
    now = now or timezone.now()
    backs = list(row.money_back.all())
    ended = Subscription.objects.filter(stripe_id=row.subscription_id_at_stripe).values_list("ended_at", flat=True)
    found = standing(row, backs, now, ended.first())
    posted = [_post(row, name, found.parts.get(name), now) for name in sorted({*found.parts, *row.booked})]
    _take_credit_back(row, found, now)
    row.recognised, row.refunded, row.earns_at = found.recognised, found.unearned, found.earns_at
    row.save(update_fields=["recognised", "refunded", "earns_at", "booked"])
    MoneyBack.objects.bulk_update(backs, ["unearned"])
    return any(posted)


def _post(row: Invoice, name: str, part: Part | None, now: datetime) -> bool:
    """The difference to what is booked under a name; each further one has a number of its own."""
    debit, credit, text, times = row.booked.get(name) or [part.debit, part.credit, "0", 0]
    wanted = part.amount if part else ZERO
    change = wanted - Decimal(text)
    if not change:
        return False
    row.booked[name] = [debit, credit, str(wanted), times + 1]
    posting.transfer(
        "transfer",
        *((debit, credit) if change > 0 else (credit, debit)),
        abs(change),
        external_id=f"{name}:{times + 1}" if times else name,
        service="premium",
        note=part.note if part else f"Premium, invoice {row.number or row.stripe_id}: corrected",
        happened_at=part.at if part else now,
    )
    return True


def _take_credit_back(row: Invoice, found: Standing, now: datetime) -> None:
    """Of the credit that came with it as much goes as of its price, up to what is left of it; never into debt."""
    wanted = cents(row.credit * found.gone / row.cash) if row.credit and row.cash else ZERO
    if wanted == row.credit_back:
        return
    row.credit_back, row.credit_changes = wanted, row.credit_changes + 1
    posting.take_back(
        f"{row.external_id}:credit",
        wanted,
        external_id=f"{row.external_id}:credit:{row.credit_changes}",
        note="Included in Premium, which was paid back",
        happened_at=now,
    )
    row.save(update_fields=["credit_back", "credit_changes"])


def recognise_due(limit: int = 1000) -> int:
    """Every invoice of which another month has passed; returns how many earned something."""
    rows = Invoice.objects.filter(earns_at__lte=timezone.now()).order_by("earns_at")
    earned = 0
    for pk in list(rows.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            earned += recognise(Invoice.objects.select_for_update().get(pk=pk))
    return earned


def recognise_ended(subscription: Subscription) -> None:
    """What was paid for a time after its end. Inside a transaction."""
    rows = Invoice.objects.filter(subscription_id_at_stripe=subscription.stripe_id, paid_at__isnull=False)
    for row in rows.filter(covers_until__gt=subscription.ended_at).order_by("pk").select_for_update():
        recognise(row)


def _ends(row: Invoice, ended: datetime | None) -> list[datetime]:
    """Where each month of what it pays for ends; the last may be a part of one, and there is none after Premium."""
    last = min(row.covers_until, ended or row.covers_until)
    months = (_later(row.covers_from, number) for number in count(1))
    return [*takewhile(lambda end: end < last, months), last]


def _later(start: datetime, months: int) -> datetime:
    """As Stripe counts: one of the 31st ends on the last of each month."""
    start = start.astimezone(UTC)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return start.replace(year=year, month=month + 1, day=min(start.day, calendar.monthrange(year, month + 1)[1]))
