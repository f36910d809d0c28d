"""What is checked. Each check recomputes one thing from the rows themselves and says what it found."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, transaction

from audit import verification
from ledger import checks as ledger
from selfcheck import stripe_total
from selfcheck.models import Result
from ui.format import count, money


@dataclass(frozen=True, slots=True)
class Finding:
    """`members` are those whose books are wrong, in order."""

    result: str
    summary: str
    examples: tuple[str, ...] = ()
    members: tuple[int, ...] = ()


@dataclass(frozen=True)
class Check:
    name: str
    title: str
    rule: str
    look: Callable[[], Finding]
    watched: bool = True  # recomputed all day long, not only each night and on demand
    alerts_itself: bool = False


def named(name: str) -> Check:
    return next(check for check in CHECKS if check.name == name)


def _row(query: str) -> tuple:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(query)
        return cursor.fetchone()


# The ledger: its own rules (ledger/checks.py), in groups, each with the figures that it has gone through


def _books(rules: tuple[str, ...], figures: Callable[[], str]) -> Callable[[], Finding]:
    def look() -> Finding:
        found = [violation for rule in ledger.CHECKS if rule.name in rules and (violation := ledger.look(rule))]
        members = sorted({member for violation in found for member in violation.members})
        result = Result.BAD if found else Result.GOOD
        return Finding(result, figures(), tuple(map(_words, found)), tuple(members))

    return look


def _words(violation: ledger.Violation) -> str:
    more = violation.count - len(violation.examples)
    return f"{violation.rule} Broken by {'; '.join(violation.examples)}{f'; and {more:,} more' if more else ''}."


def _entries() -> str:
    transactions, entries, total = _row(
        "SELECT (SELECT count(*) FROM ledger_transaction), count(*), coalesce(sum(amount), 0) FROM ledger_entry"
    )
    return f"{count(entries)} entries of {count(transactions)} transactions sum to {money(total)}."


def _balances() -> str:
    members, paid, granted, held, debt = _row(
        """SELECT count(*), coalesce(sum(paid), 0), coalesce(sum(granted), 0), coalesce(sum(held), 0),
                  coalesce(sum(debt), 0) FROM ledger_wallet"""
    )
    parts = f"paid {money(paid)}, granted {money(granted)}, held {money(held)}, owed {money(debt)}"
    return f"{count(members)} members: {parts}."


def _lots() -> str:
    lots, left, total = _row(
        "SELECT count(*), count(*) FILTER (WHERE has_rest), coalesce(sum(remaining), 0) FROM ledger_lot"
    )
    return f"{count(lots)} lots; {money(total)} is left in {count(left)} of them."


def _holds() -> str:
    holds, total = _row("SELECT count(*), coalesce(sum(amount), 0) FROM ledger_hold WHERE status = 'open'")
    return f"{count(holds)} open holds, {money(total)} in all."


def _movements() -> str:
    refunds, reversals = _row(
        """SELECT count(*) FILTER (WHERE kind = 'refund'), count(*) FILTER (WHERE kind = 'reversal')
           FROM ledger_transaction WHERE notable"""
    )
    return f"{count(refunds)} refunds and {count(reversals)} reversals."


def _guards() -> str:
    triggers, accounts = _row(
        """SELECT (SELECT count(*) FROM pg_trigger WHERE tgname ~ '^ledger_'),
                  (SELECT count(*) FROM ledger_account WHERE member_id IS NULL)"""
    )
    return f"{count(triggers)} guards in the database, {count(accounts)} system accounts."


def _checkpoints() -> str:
    (checkpoints,) = _row("SELECT count(*) FROM ledger_checkpoint")
    return f"{count(checkpoints)} checkpoints."


_GROUPS = {
    "entries": ("balanced",),
    "balances": ("wallets", "negative", "freezes"),
    "lots": ("lots", "lots of wallets", "paid lots"),
    "holds": ("holds", "overdue holds", "settlements"),
    "guards": ("triggers", "external ids", "accounts"),
    "checkpoints": ("checkpoints",),
}
_OTHERS = tuple(rule.name for rule in ledger.CHECKS if rule.name not in sum(_GROUPS.values(), ()))


# What lies outside the ledger


def _stripe() -> Finding:
    return Finding(*stripe_total.compare())


def _audit() -> Finding:
    verdict = verification.verify_and_keep()
    through = f"Verified through row {count(verdict.through)}, head {verdict.head[:12]}…"
    if verdict.ok:
        return Finding(Result.GOOD, through)
    return Finding(Result.BAD, through, (f"{verdict.problem[0].upper()}{verdict.problem[1:]}.",))


CHECKS = (
    Check(
        "entries",
        "Sum of all entries",
        "The entries of each transaction sum to zero, and so do all of them.",
        _books(_GROUPS["entries"], _entries),
    ),
    Check(
        "balances",
        "Stored balances",
        "The stored balances of each member are the sums of the entries, and none is below zero.",
        _books(_GROUPS["balances"], _balances),
    ),
    Check(
        "lots",
        "Lots",
        "What is left of each lot is the sum of its entries, and a member's lots add up to the balances.",
        _books(_GROUPS["lots"], _lots),
    ),
    Check(
        "holds",
        "Holds",
        "What is held of each member is the sum of the open holds; none is overdue or settled for more.",
        _books(_GROUPS["holds"], _holds),
    ),
    Check(
        "movements",
        "Movements",
        "Entries belong to their members, in the order of time; refunds and reversals stay within what they undo.",
        _books(_OTHERS, _movements),
    ),
    Check(
        "checkpoints",
        "Checkpoints",
        "Each stored sum of a system account is the sum of the entries before it.",
        _books(_GROUPS["checkpoints"], _checkpoints),
    ),
    Check(
        "guards",
        "Guards",
        "The database refuses changes, repeats and accounts outside the chart, whoever asks.",
        _books(_GROUPS["guards"], _guards),
    ),
    Check(
        "stripe",
        "Stripe’s own total",
        "What Stripe says it holds for us (available and pending) is what the ledger says is at Stripe.",
        _stripe,
        watched=False,
    ),
    Check(
        "audit",
        "Audit chain",
        "Each row of the audit log carries the hash of the one before it, up to the last head that was seen.",
        _audit,
        alerts_itself=True,
    ),
)
