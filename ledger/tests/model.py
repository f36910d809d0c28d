"""The rules of the ledger once more, in plain Python on a few lists: what the state machine compares with."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)


class NotCovered(Exception):
    pass


class Frozen(Exception):
    pass


@dataclass
class Lot:
    kind: str
    amount: Decimal
    rest: Decimal
    expires: object = None
    owed: Decimal = ZERO  # debt made of it, less debt met by it


@dataclass
class TopUp:
    cash: Decimal
    tax: Decimal
    lot: Lot
    bonus: Lot | None
    refunded: Decimal = ZERO
    tax_back: Decimal = ZERO
    clawed: Decimal = ZERO


@dataclass
class Member:
    now: object
    lots: list = field(default_factory=list)
    debt: Decimal = ZERO
    held: Decimal = ZERO
    frozen: bool = False

    def balances(self):
        paid = sum((lot.rest for lot in self.lots if lot.kind == "paid"), ZERO)
        granted = sum((lot.rest for lot in self.lots if lot.kind == "granted" and not self.gone(lot)), ZERO)
        return paid, granted, self.held, self.debt

    def gone(self, lot):
        return lot.expires is not None and lot.expires <= self.now

    def top_up(self, cash, granted, tax):
        met = min(self.debt, cash - tax)
        self.debt -= met
        lot = Lot("paid", cash - tax, cash - tax - met, owed=-met)
        bonus = Lot("granted", granted, granted) if granted else None
        self.lots += [lot, bonus] if bonus else [lot]
        return TopUp(cash, tax, lot, bonus)

    def grant(self, amount, expires=None):
        self.lots.append(Lot("granted", amount, amount, expires))
        return self.lots[-1]

    def take(self, amount, paid_too):
        usable = [lot for lot in self.lots if lot.rest and not self.gone(lot) and (paid_too or lot.kind == "granted")]
        usable.sort(key=lambda lot: (lot.kind == "paid", lot.expires is None, lot.expires or 0))
        if sum((lot.rest for lot in usable), ZERO) < amount:
            raise NotCovered
        taken = []
        for lot in usable:
            part = min(lot.rest, amount)
            if part:
                taken.append((lot, part))
                lot.rest -= part
                amount -= part
        return taken

    def spend(self, amount):
        if self.frozen:
            raise Frozen
        return self.take(amount, paid_too=not self.debt)

    def hold(self, amount):
        taken = self.spend(amount)
        self.held += amount
        return taken

    def close(self, taken, amount):
        """Settle `amount` of a hold, release the rest; the parts that were spent."""
        used = []
        for lot, part in taken:
            use = min(part, amount)
            amount -= use
            self.held -= part
            if use:
                used.append((lot, use))
            self.give_back(lot, part - use)
        return used

    def give_back(self, lot, amount):
        if lot.kind == "granted":
            lot.rest += amount
            return
        met = min(amount, self.debt)
        self.debt -= met
        lot.owed -= met
        self._refill(lot, amount - met)

    def _refill(self, lot, amount):
        back = min(amount, lot.amount - lot.rest)
        lot.rest += back
        if amount > back:
            self.lots.append(Lot("paid", amount - back, amount - back))

    def refund(self, top_up, amount):
        cumulated = top_up.refunded + amount
        tax = _share(top_up.tax, cumulated, top_up.cash) - top_up.tax_back
        paid = min(top_up.lot.rest, amount - tax)
        owed = amount - tax - paid
        bonus = ZERO
        if top_up.bonus:
            bonus = _share(top_up.bonus.amount, cumulated, top_up.cash) - top_up.clawed
            bonus = max(ZERO, min(top_up.bonus.rest, bonus))
            top_up.bonus.rest -= bonus
        top_up.lot.rest -= paid
        top_up.lot.owed += owed
        self.debt += owed
        self._count(top_up, 1, amount, tax, bonus)
        return (top_up, amount, tax, paid, owed, bonus)

    def refund_failed(self, top_up, amount, tax, paid, owed, bonus):
        """What was taken goes back; where the debt was met since, the lots that met it are refilled, newest first."""
        over = max(ZERO, owed - self.debt)
        self.debt -= owed - over
        top_up.lot.owed -= owed
        for lot in reversed(self.lots):
            if lot.owed < 0 and lot is not top_up.lot:
                part = min(over, -lot.owed, lot.amount - lot.rest)
                lot.owed += part
                lot.rest += part
                over -= part
        top_up.lot.owed += over
        self._refill(top_up.lot, paid + over)
        if bonus:
            top_up.bonus.rest += bonus
        self._count(top_up, -1, amount, tax, bonus)

    def sweep(self):
        for lot in self.lots:
            if self.gone(lot):
                lot.rest = ZERO

    @staticmethod
    def _count(top_up, sign, amount, tax, bonus):
        top_up.refunded += sign * amount
        top_up.tax_back += sign * tax
        top_up.clawed += sign * bonus


def _share(whole, part, of):
    return (whole * part / of).quantize(Decimal("0.000001"), ROUND_HALF_UP)
