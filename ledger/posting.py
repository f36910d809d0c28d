"""The verbs of the ledger. Each is one round trip to a function of the same name in ledger/sql.

They may be called inside or outside `atomic`. What is refused raises one of the errors below, has written
nothing, and leaves the transaction around it usable. A repeated external id returns the first posting with
`created=False`. A caller who posts to two members in one transaction locks both first: `lock(first, second)`.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

LIMIT = Decimal(1_000_000_000)
ZERO = Decimal(0)


class LedgerError(Exception):
    """Nothing was booked. The text is a sentence for people."""


class NotCovered(LedgerError):
    """The member's credit does not cover it."""


class InvalidAmount(LedgerError, ValueError):
    """No amount of money: not a Decimal, not a number, zero, of the wrong sign, too precise or too large."""


class Refused(LedgerError):
    """Against a rule of the ledger; the text says which."""


class Frozen(Refused):
    """The member's spending is frozen (ledger/freezes.py); the text ends with the reason."""


_ERRORS = {"not_covered": NotCovered, "amount": InvalidAmount, "refused": Refused, "frozen": Frozen}


@dataclass(frozen=True, slots=True)
class Posting:
    """What was booked, and the member's stored balances right after it (None between system accounts)."""

    transaction_id: int
    created: bool
    paid: Decimal | None
    granted: Decimal | None
    held: Decimal | None
    debt: Decimal | None
    hold_id: int | None = None


def top_up(
    member,
    *,
    cash,
    external_id,
    granted=ZERO,
    tax=ZERO,
    cash_account="stripe",
    ordered_at=None,
    happened_at=None,
    actor=None,
    note="",
) -> Posting:
    """A payment arrived. `cash` is all of it, tax included: paid credit grows by `cash - tax`, less what is owed.

    `ordered_at` is its place in the spending order, which must not depend on when we heard of it; by default now.
    """
    amounts = (_money(cash), _money(granted, least=ZERO), _money(tax, least=ZERO))
    booked = (cash_account, ordered_at, external_id, _pk(actor), note, happened_at)
    return _post("ledger_top_up", _pk(member), *amounts, *booked)


def grant(member, amount, *, actor=None, note="", external_id=None, expires_at=None, happened_at=None) -> Posting:
    """Give credit: one granted lot, which counts for nothing from `expires_at` on."""
    return _post("ledger_grant", _pk(member), _money(amount), expires_at, external_id, _pk(actor), note, happened_at)


def adjust(member, amount, *, actor=None, note="", external_id=None, happened_at=None) -> Posting:
    """Correct a balance: up is granted credit, down takes lots in spending order. Zero is refused."""
    _money(amount.copy_abs() if isinstance(amount, Decimal) else amount)
    return _post("ledger_adjust", _pk(member), amount, external_id, _pk(actor), note, happened_at)


def charge(member, amount, *, service, external_id=None, actor=None, note="", happened_at=None) -> Posting:
    """Take credit for a service, granted lots first; NotCovered where it does not suffice."""
    return _post("ledger_charge", _pk(member), _money(amount), service, external_id, _pk(actor), note, happened_at)


def hold(member, amount, *, service, expires_at, external_id=None, actor=None, note="", happened_at=None) -> Posting:
    """Set credit aside before work starts. A hold that is still open at `expires_at` releases itself."""
    return _post(
        "ledger_hold",
        _pk(member),
        _money(amount),
        service,
        expires_at,
        external_id,
        _pk(actor),
        note,
        happened_at,
    )


def settle(hold_id, amount, *, external_id=None, actor=None, note="", happened_at=None) -> Posting:
    """Charge the actual price, at most what is held, and release the rest. For a price of zero: `release`."""
    return _post("ledger_settle", hold_id, _money(amount), external_id, _pk(actor), note, happened_at)


def release(hold_id, *, external_id=None, actor=None, note="", happened_at=None) -> Posting:
    """Give a hold back to the lots it came from; paid credit that returns fills a debt first."""
    return _post("ledger_release", hold_id, external_id, _pk(actor), note, happened_at)


def refund(member, amount, *, top_up_external_id, external_id, actor=None, note="", happened_at=None) -> Posting:
    """Cash of a top-up went back: its lot is clawed back; what was used of it meets other paid credit, then is debt.

    Of its bonus as much as is left, in proportion; never into debt.
    """
    return _claw_back("refund", member, amount, top_up_external_id, external_id, actor, note, happened_at)


def dispute(member, amount, *, top_up_external_id, external_id, actor=None, note="", happened_at=None) -> Posting:
    """The bank withdrew cash of a top-up: as a refund. What was refunded already is a loss, booked to `disputes`."""
    return _claw_back("dispute", member, amount, top_up_external_id, external_id, actor, note, happened_at)


def _claw_back(kind, member, amount, top_up_external_id, external_id, actor, note, happened_at) -> Posting:
    return _post(
        "ledger_refund",
        kind,
        _pk(member),
        _money(amount),
        top_up_external_id,
        external_id,
        _pk(actor),
        note,
        happened_at,
    )


def reverse(transaction_id, *, actor=None, note="", external_id=None, happened_at=None) -> Posting:
    """Undo a charge, settlement, grant, adjustment, refund, dispute, write-off or transfer: its mirror, once."""
    return _post("ledger_reverse", transaction_id, external_id, _pk(actor), note, happened_at)


def take_back(grant_external_id, amount, *, external_id, note="", happened_at=None) -> Posting:
    """Of a grant `amount` is taken back in all, as far as it is left and never into debt; less than before gives back.

    Where that changes nothing, nothing is booked.
    """
    return _post("ledger_take_back", grant_external_id, _money(amount, least=ZERO), external_id, note, happened_at)


def expire_lot(lot_id) -> Posting:
    """Record that what is left of a granted lot has expired."""
    return _post("ledger_expire_lot", lot_id)


def forfeit(member, kind, *, actor=None, note="") -> Posting:
    """An account is removed for good: its `granted` credit that is left expires, its `paid` credit is breakage."""
    return _post("ledger_forfeit", _pk(member), kind, _pk(actor), note)


def write_off(member, amount, *, actor, note, loss_account="write_offs", external_id=None, happened_at=None) -> Posting:
    """Give up on what a member owes, or on a part of it; `loss_account` is `write_offs` or `disputes`."""
    return _post(
        "ledger_write_off", _pk(member), _money(amount), loss_account, external_id, _pk(actor), note, happened_at
    )


def freeze_lots(member, *, top_up_external_id, frozen: bool) -> bool:
    """Keep what is left of a top-up and its bonus from being spent, or no longer. Whether it is new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_freeze_lots(%s, %s, %s)", [_pk(member), top_up_external_id, frozen])
        return cursor.fetchone()[0]


def lock(*members) -> None:
    """Lock the wallets of several members in one order, so that two who post to the same pair never deadlock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_lock_wallets(%s)", [[_pk(member) for member in members]])


def transfer(
    kind, debit, credit, amount, *, external_id=None, actor=None, note="", service="", happened_at=None
) -> Posting:
    """Move money between two system accounts: `transfer("fee", "stripe_fees", "stripe", amount, …)`."""
    return _post(
        "ledger_transfer",
        kind,
        debit,
        credit,
        _money(amount),
        external_id,
        _pk(actor),
        note,
        service,
        happened_at,
    )


def _pk(person):
    return getattr(person, "pk", person)


def _money(amount, least=Decimal("0.000001")):
    if not isinstance(amount, Decimal):
        raise InvalidAmount(f"an amount is a Decimal, not {type(amount).__name__}")
    if not amount.is_finite():
        raise InvalidAmount("an amount is a number")
    if amount < least or amount.is_signed():
        raise InvalidAmount("an amount is more than zero" if least else "an amount is zero or more")
    if amount >= LIMIT:
        raise InvalidAmount("an amount is less than 1,000,000,000")
    if amount != round(amount, 6):
        raise InvalidAmount("an amount has six decimal places at most")
    return amount


def _post(function, *arguments) -> Posting:
    with connection.cursor() as cursor:
        cursor.execute(_CALLS[function, len(arguments)], arguments)
        refusal, detail, *booked = cursor.fetchone()
    if refusal:
        raise _ERRORS[refusal](detail)
    return Posting(*booked)


class _Calls(dict):
    def __missing__(self, key):
        function, count = key
        self[key] = f"SELECT * FROM {function}({', '.join(['%s'] * count)})"  # noqa: S608 (names from this module)
        return self[key]


_CALLS = _Calls()
