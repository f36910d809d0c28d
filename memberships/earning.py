"""What becomes of what was paid for an invoice: which of it is earned when, what goes back, what moves on.

All of it follows from facts: what was paid and for which time, what went back and when, which later invoices of the
subscription there are, when Premium ended. Nothing is read or written here.

A switch gives back unused time. What is not earned of that time moves on: as much as it pays of the new time is earned
over that one, the rest is on the customer’s balance at Stripe and waits; each later invoice that the balance pays takes
its share of it and is earned over its own time. Where Premium ends and nothing is refunded, all that is left is earned
at once, also what waits on the balance. https://docs.stripe.com/revenue-recognition/methodology
"""

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import count, takewhile

from memberships.models import Invoice, MoneyBack

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
class Stretch:
    """Money that is earned evenly over the months that end at `ends`, of which the first runs since `since`."""

    left: Decimal
    since: datetime
    ends: list[datetime]
    paid_at: datetime


@dataclass(frozen=True)
class Move:
    """What an invoice does with money of earlier ones: it takes `share` of what waits on the balance."""

    invoice: Invoice
    share: Decimal

    @property
    def at(self) -> datetime:
        """When it takes it."""
        return self.invoice.created_at


@dataclass
class Earning:
    """How an invoice stands as time goes by: `gone` went back of what was paid, `waits` is on the balance."""

    invoice: Invoice
    stretches: list[Stretch] = field(default_factory=list)
    waits: Decimal = ZERO
    gone: Decimal = ZERO
    tax_gone: Decimal = ZERO
    recognised: Decimal = ZERO
    unearned: Decimal = ZERO
    number: int = 0
    earns_at: datetime | None = None
    parts: dict[str, Part] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Of its entries in the ledger."""
        return f"Premium, invoice {self.invoice.number or self.invoice.stripe_id}"

    @property
    def left(self) -> Decimal:
        """Neither earned nor gone."""
        return self.waits + sum((each.left for each in self.stretches), ZERO)

    @property
    def ends(self) -> list[datetime]:
        """When something is earned next, of each stretch."""
        return [each.ends[0] for each in self.stretches if each.ends]

    def begin(self, amount: Decimal, row: Invoice) -> None:
        """Earn an amount over the time of an invoice."""
        self.stretches.append(Stretch(amount, row.covers_from, months_of(row), row.paid_at))

    def pass_month(self, end: datetime) -> None:
        """What is left of a stretch is spread evenly over the months to come."""
        for each in self.stretches:
            if each.ends and each.ends[0] == end:
                self._earn(each, cents(each.left / len(each.ends)), end, "month {} is earned")
                each.since = each.ends.pop(0)

    def end(self, at: datetime) -> None:
        """Nothing more is owed for it."""
        whole = Stretch(self.left, at, [at], self.invoice.paid_at)
        if whole.left:
            self.stretches, self.waits = [whole], ZERO
            self.pass_month(at)

    def move(self, move: Move) -> None:
        """Where a later invoice gives its unused time back, or is paid by the balance."""
        row = move.invoice
        if row.unused:
            freed = sum((self._free(each, move.at) for each in self.stretches if each.ends), ZERO)
            kept = cents(freed * min(Decimal(1), row.bought / row.unused))
            self.waits += freed - kept
            if kept:
                self.begin(kept, row)
        if taken := cents(self.waits * move.share):
            self.waits -= taken
            self.begin(taken, row)

    def _free(self, stretch: Stretch, at: datetime) -> Decimal:
        """What is not earned of a stretch at a moment within it; it ends there."""
        month, passed = ((moment - stretch.since).total_seconds() for moment in (stretch.ends[0], at))
        share = Decimal(min(max(0, passed), month)) / Decimal(month) if month > 0 else 1
        earned = cents(stretch.left / len(stretch.ends) * share)
        self._earn(stretch, earned, at, "part {} is earned until the switch")
        freed, stretch.left, stretch.ends = stretch.left, ZERO, []
        return freed

    def _earn(self, stretch: Stretch, share: Decimal, end: datetime, words: str) -> None:
        self.number += 1
        stretch.left -= share
        self.recognised += share
        at, note = max(end, self.invoice.paid_at, stretch.paid_at), f"{self.name}: {words.format(self.number)}"
        name = f"{self.invoice.external_id}:earned:{self.number}"
        self.parts[name] = Part(DEFERRED, "subscription_revenue", share, at, note)

    def take(self, back: MoneyBack) -> None:
        """A refund takes back revenue, a dispute is a loss; a share is tax. What is more than was paid is a loss."""
        row = self.invoice
        over = max(ZERO, self.gone + back.amount - row.cash)
        self.gone += back.amount - over
        tax = cents(row.tax * self.gone / row.cash) - self.tax_gone
        self.tax_gone += tax
        back.unearned = min(back.amount - over - tax, self.left)
        self._give(back.unearned)
        self.unearned += back.unearned
        earned = back.amount - over - tax - back.unearned
        for word, debit, amount, of in (
            ("earned", LOSS[back.kind], earned, "of what was earned"),
            ("tax", "tax_payable", tax, "its tax"),
            ("over", "disputes", over, "more than was paid"),
        ):
            note = f"{self.name}: {back.get_kind_display().lower()}, {of}"
            self.parts[f"{back.external_id}:{word}"] = Part(debit, DEFERRED, amount, back.taken_at, note)

    def _give(self, amount: Decimal) -> None:
        """From the balance first, then of the newest time."""
        given = min(amount, self.waits)
        self.waits -= given
        for each in reversed(self.stretches):
            part = min(amount - given, each.left)
            each.left, given = each.left - part, given + part


def cents(amount: Decimal) -> Decimal:
    """To the cent; a half goes up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def earning(
    row: Invoice, backs: Iterable[MoneyBack], now: datetime, ended: datetime | None = None, moves: Iterable[Move] = ()
) -> Earning:
    """How a paid invoice stands at `now`, by its facts. What came back after all is as if it had never gone."""
    found = Earning(row)
    found.begin(row.earnable, row)
    held = sorted((back for back in backs if back.holds), key=lambda back: back.stripe_id)
    facts = [(move.at, found.move, move) for move in moves] + [(back.taken_at, found.take, back) for back in held]
    if ended and ended <= now:
        facts.append((ended, found.end, ended))
    facts.sort(key=lambda fact: (fact[0], (found.end, found.move, found.take).index(fact[1])))
    ahead = [at for at, *_ in facts if at > now]  # by Stripe's clock, which is not ours
    for at, act, what in facts:
        _pass_months(found, min(at, now))
        act(what)
    _pass_months(found, now)
    if ended and ended > now:
        ahead.append(ended)
    if found.left or ahead:
        found.earns_at = min((at for at in (*found.ends, *ahead) if at > now), default=None)
    return found


def _pass_months(found: Earning, until: datetime) -> None:
    while found.ends and min(found.ends) <= until:
        found.pass_month(min(found.ends))


def moves(rows: Iterable[Invoice], of: Invoice) -> Iterator[Move]:
    """What the later of these paid invoices do with the money of one, in their order.

    All that a balance holds is alike: an invoice that it pays takes the same share of each that is in it.
    """
    balance = ZERO
    for row in sorted(rows, key=_order):
        used = min(balance, max(ZERO, row.total - row.cash))
        share = used / balance if used else ZERO
        balance += max(ZERO, -row.total) - used
        if _order(row) > _order(of) and (row.unused or share):
            yield Move(row, share)


def _order(row: Invoice) -> tuple:
    return row.created_at, row.stripe_id


def months_of(row: Invoice) -> list[datetime]:
    """Where each month of what it pays for ends; the last may be a part of one."""
    months = (_later(row.covers_from, number) for number in count(1))
    return [*takewhile(lambda end: end < row.covers_until, months), row.covers_until]


def _later(start: datetime, months: int) -> datetime:
    """As Stripe counts: one of the 31st ends on the last of each month."""
    start = start.astimezone(UTC)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return start.replace(year=year, month=month + 1, day=min(start.day, calendar.monthrange(year, month + 1)[1]))
