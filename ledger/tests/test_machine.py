"""Whatever happens in whatever order: PostgreSQL and the plain model agree, and no answer about the past changes."""

import datetime as dt
import itertools
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)
from hypothesis.stateful import run_state_machine_as_test as run_machine

from ledger import checks, freezes, posting, queries, sweeps
from ledger.models import Lot
from ledger.tests import clock, model
from ledger.tests.make import make_member

ROUND = st.sampled_from([Decimal(amount) for amount in (1, 2, 5, 10, 20)])  # so that sums meet exactly now and then
MONEY = ROUND | st.decimals("0.01", "20", places=2) | st.decimals("0.000001", "2", places=6)
PART = st.sampled_from([Decimal(1), Decimal(1), Decimal("0.5"), Decimal("0.333333")])
_numbers = itertools.count()


def fraction(amount, part):
    return max(Decimal("0.000001"), (amount * part).quantize(Decimal("0.000001")))


class Ledger(RuleBasedStateMachine):
    top_ups = Bundle("top_ups")
    holds = Bundle("holds")
    undoable = Bundle("undoable")

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()  # each run leaves nothing to the next, whatever goes wrong in it
        self.savepoint.__enter__()
        self.hours = 0
        clock.shift(0)
        self.member = make_member()
        self.model = model.Member(clock.now())
        self.seen = []

    def key(self):
        return f"machine:{next(_numbers)}"

    def most(self):
        """Nearly all of what can be spent: what a refund then claws back is no longer there."""
        return max(
            Decimal("0.01"), (queries.balances(self.member).available * Decimal("0.9")).quantize(Decimal("0.01"))
        )

    def agree(self, verb, rule):
        """Both do it, or both refuse. The answers of both."""
        self.model.now = clock.now()
        try:
            expected = rule()
        except (model.NotCovered, model.Frozen) as error:
            with pytest.raises(getattr(posting, type(error).__name__)):
                verb()
            return None, None
        return verb(), expected

    @initialize(target=top_ups)
    def begin(self):
        return self.top_up(Decimal(20), Decimal(2), False)

    @rule(target=top_ups, cash=MONEY, granted=st.just(Decimal(0)) | MONEY, taxed=st.booleans(), late=st.integers(0, 60))
    def top_up(self, cash, granted, taxed, late=0):
        tax = (cash / 11).quantize(Decimal("0.000001")) if taxed else Decimal(0)
        key, ordered = self.key(), clock.now() - dt.timedelta(hours=late)
        for created in (True, False):
            booked = posting.top_up(
                self.member, cash=cash, granted=granted, tax=tax, external_id=key, ordered_at=ordered
            )
            assert booked.created is created
        return key, self.model.top_up(cash, granted, tax, ordered)

    @rule(target=undoable, amount=MONEY, hours=st.none() | st.integers(1, 100))
    def grant(self, amount, hours):
        expires = hours and clock.now() + dt.timedelta(hours=hours)
        lot = self.model.grant(amount, expires)
        return posting.grant(self.member, amount, expires_at=expires).transaction_id, ("given", lot)

    @rule(target=undoable, amount=MONEY, up=st.booleans())
    def adjust(self, amount, up):
        if up:
            lot = self.model.grant(amount)
            return posting.adjust(self.member, amount).transaction_id, ("given", lot)
        booked, taken = self.agree(
            lambda: posting.adjust(self.member, -amount), lambda: self.model.take(amount, paid_too=True)
        )
        return (booked.transaction_id, ("spent", taken)) if booked else multiple()

    @rule(target=undoable, amount=MONEY, most=st.booleans())
    def charge(self, amount, most):
        amount = self.most() if most else amount
        booked, taken = self.agree(
            lambda: posting.charge(self.member, amount, service="poem"), lambda: self.model.spend(amount)
        )
        return (booked.transaction_id, ("spent", taken)) if booked else multiple()

    @rule(target=holds, amount=MONEY, most=st.booleans())
    def hold(self, amount, most):
        amount = self.most() if most else amount
        until = clock.now() + dt.timedelta(days=365)
        booked, taken = self.agree(
            lambda: posting.hold(self.member, amount, service="poem", expires_at=until),
            lambda: self.model.hold(amount),
        )
        return (booked.hold_id, amount, taken) if booked else multiple()

    @rule(target=undoable, hold=consumes(holds), part=PART)
    def settle(self, hold, part):
        number, amount, taken = hold
        actual = fraction(amount, part)
        booked, used = self.agree(lambda: posting.settle(number, actual), lambda: self.model.close(taken, actual))
        return booked.transaction_id, ("spent", used)

    @rule(hold=consumes(holds))
    def release(self, hold):
        number, _, taken = hold
        self.agree(lambda: posting.release(number), lambda: self.model.close(taken, Decimal(0)))

    @rule(target=undoable, top_up=top_ups, part=PART, verb=st.sampled_from([posting.refund, posting.dispute]))
    def refund(self, top_up, part, verb):
        key, expected = top_up
        amount = fraction(expected.cash, part)
        booked = verb(self.member, amount, top_up_external_id=key, external_id=self.key())
        return booked.transaction_id, ("refunded", self.model.refund(expected, amount))

    @rule(undone=consumes(undoable))
    def reverse(self, undone):
        number, (kind, detail) = undone
        booked, _ = self.agree(lambda: posting.reverse(number), lambda: self._undo(kind, detail))
        if booked:
            with pytest.raises(posting.Refused, match="already reversed"):
                posting.reverse(number)

    def _undo(self, kind, detail):
        if kind == "given":
            if detail.rest < detail.amount or self.model.gone(detail):
                raise model.NotCovered
            detail.rest = Decimal(0)
        elif kind == "refunded":
            self.model.refund(*detail)
        else:
            self.model.give_back(detail)

    @precondition(lambda self: self.model.debt)
    @rule(part=PART)
    def write_off(self, part):
        amount = min(self.model.debt, fraction(self.model.debt, part))
        posting.write_off(self.member, amount, actor=None, note="gone")
        self.model.write_off(amount)

    @rule(top_up=top_ups, frozen=st.booleans())
    def freeze_lots(self, top_up, frozen):
        key, expected = top_up
        changed = posting.freeze_lots(self.member, top_up_external_id=key, frozen=frozen)
        assert changed is self.model.freeze_lots(expected, frozen)

    @rule(frozen=st.booleans())
    def freeze(self, frozen):
        verb = partial(freezes.freeze_spending, reason="test") if frozen else freezes.thaw_spending
        assert verb(self.member) is (frozen != self.model.frozen)
        self.model.frozen = frozen

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours):
        self.hours += hours
        clock.shift(self.hours)

    @rule()
    def sweep(self):
        self.model.now = clock.now()
        self.model.sweep()
        sweeps.expire_lots()

    @invariant()
    def balances_agree(self):
        with connection.cursor() as cursor:  # as a commit would
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        at = self.model.now = clock.now()
        expected = self.model.balances()
        found = queries.balances(self.member)
        assert (found.paid, found.granted, found.held, found.debt) == expected
        spendable = 0 if self.model.frozen else self.model.spendable()
        assert (found.available, bool(found.frozen)) == (spendable, self.model.frozen)
        rests = Lot.objects.filter(member=self.member).order_by("id").values_list("remaining", flat=True)
        assert list(rests) == [lot.rest for lot in self.model.lots]
        self.seen.append((at, queries.balances(self.member, at=at)))
        assert (self.seen[-1][1].paid, self.seen[-1][1].granted) == expected[:2]

    def teardown(self):
        try:
            if not transaction.get_connection().needs_rollback:
                for at, answer in self.seen:
                    assert queries.balances(self.member, at=at) == answer
                assert checks.run() == []
        finally:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)


@pytest.mark.timeout(600)  # shrinking a failure takes its time
@pytest.mark.django_db
def test_the_ledger_and_the_model_agree():
    with clock.moving_clock():
        run_machine(
            Ledger,
            settings=settings(
                max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
