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
    ordered: object
    expires: object = None
    clawed: Decimal = ZERO
    frozen: bool = False

    @property
    def room(self):
        return self.amount - self.clawed


@dataclass
class TopUp:
    cash: Decimal
    tax: Decimal
    lot: Lot
    bonus: Lot | None
    gone: Decimal = ZERO  # cash that went back


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

    def top_up(self, cash, granted, tax, ordered=None):
        used = self.used()
        lot = Lot("paid", cash - tax, ZERO, ordered or self.now)
        bonus = Lot("granted", granted, granted, ordered or self.now) if granted else None
        self.lots += [lot, bonus] if bonus else [lot]
        self.lay(used)
        return TopUp(cash, tax, lot, bonus)

    def grant(self, amount, expires=None):
        self.lots.append(Lot("granted", amount, amount, self.now, expires))
        return self.lots[-1]

    def in_order(self):
        return sorted((lot for lot in self.lots if lot.kind == "paid"), key=lambda lot: (lot.frozen, lot.ordered))

    def used(self):
        """Paid credit that was used, and is not undone nor written off."""
        return sum((lot.room - lot.rest for lot in self.in_order()), ZERO) + self.debt

    def lay(self, used):
        """What was used comes from the oldest lots; what they have no room for is debt."""
        for lot in self.in_order():
            part = max(ZERO, min(lot.room, used))
            lot.rest = lot.room - part
            used -= part
        self.debt = max(ZERO, used)
        if used < 0:
            self.lots.append(Lot("paid", -used, -used, self.now))

    def take(self, amount, paid_too):
        usable = [lot for lot in self.lots if lot.rest and not lot.frozen and not self.gone(lot)]
        usable = [lot for lot in usable if paid_too or lot.kind == "granted"]
        usable.sort(key=lambda lot: (lot.kind == "paid", lot.expires is None, lot.expires or 0, lot.ordered))
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
        used, back = [], []
        for lot, part in taken:
            use = min(part, amount)
            amount -= use
            self.held -= part
            if use:
                used.append((lot, use))
            if part > use:
                back.append((lot, part - use))
        self.give_back(back)
        return used

    def give_back(self, parts):
        """To the same lots; where a debt stands or one of them has no room, the paid part is laid out anew."""
        paid = [(lot, part) for lot, part in parts if lot.kind == "paid"]
        fits = not self.debt and all(lot.rest + part <= lot.room for lot, part in paid)
        used = self.used() - sum((part for _, part in paid), ZERO)
        for lot, part in parts:
            if fits or lot.kind == "granted":
                lot.rest += part
        if paid and not fits:
            self.lay(used)

    def freeze_lots(self, top_up, frozen):
        lots = [lot for lot in (top_up.lot, top_up.bonus) if lot and lot.frozen != frozen]
        for lot in lots:
            lot.frozen = frozen
        if lots:
            self.lay(self.used())
        return bool(lots)

    def spendable(self):
        usable = [lot for lot in self.lots if not lot.frozen and not self.gone(lot)]
        return sum((lot.rest for lot in usable if lot.kind == "granted" or not self.debt), ZERO)

    def write_off(self, amount):
        self.debt -= amount

    def refund(self, top_up, amount):
        used = self.used()
        top_up.gone += amount
        back = min(top_up.gone, top_up.cash)
        top_up.lot.clawed = back - _share(top_up.tax, back, top_up.cash)
        if bonus := top_up.bonus:
            left = bonus.clawed + bonus.rest
            bonus.clawed = min(left, _share(bonus.amount, back, top_up.cash))
            bonus.rest = left - bonus.clawed
        self.lay(used)
        return top_up, -amount

    def sweep(self):
        for lot in self.lots:
            if self.gone(lot):
                lot.rest = ZERO


def _share(whole, part, of):
    return (whole * part / of).quantize(Decimal("0.000001"), ROUND_HALF_UP)
