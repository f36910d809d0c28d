"""The life of one member: random but valid steps on the real ledger and, beside it, on the plain model."""

import datetime as dt
import uuid
from contextlib import suppress
from decimal import Decimal

from django.db.models.functions import Now

from bench.soak import stripe
from bench.soak.chance import Chance, NotNow
from billing.models import DebtDecision
from ledger import posting
from ledger.models import Lot, Wallet
from ledger.tests import model

HOUR = dt.timedelta(hours=1)


class Wrong(Exception):
    """The database and the model do not agree."""


class Life:
    """`hours()` is how far its process has moved the clock ahead. A life takes less than an hour of real time."""

    def __init__(self, chance: Chance, hours, staff):
        self.chance, self.hours, self.staff = chance, hours, staff
        self.base = dt.datetime.now(dt.UTC).replace(microsecond=0)
        self.member = stripe.member()
        self.model = model.Member(self.now)
        self.payments, self.letters = [], []
        self.waiting, self.holds, self.charges, self.write_offs = [], [], [], []
        self.cash = 0  # cents at Stripe that this member's payments left there
        self.steps, self.done = 0, []
        self.acts = [
            *([self.charge] * 22 + [self.hold] * 10 + [self.settle] * 7 + [self.release] * 4 + [self.undo_charge] * 4),
            *(
                [self.top_up] * 10
                + [self.payment_arrives] * 8
                + [self.grant] * 5
                + [self.adjust] * 4
                + [self.expire] * 3
            ),
            *([self.refund] * 7 + [self.fail_refund] * 4 + [self.dispute] * 5 + [self.decide_dispute] * 5),
            *([self.decide_debt] * 12 + [self.again] * 7 + [self.expire] * 3),
        ]

    def __str__(self):
        return f"Member {self.member.pk}, step {self.steps}"

    @property
    def now(self) -> dt.datetime:
        """A minute after the hour: behind payments of this hour, before what expires in the next."""
        return self.base + self.hours() * HOUR + dt.timedelta(minutes=1)

    @property
    def second(self) -> int:
        """Stripe's seconds."""
        return int((self.base + self.hours() * HOUR).timestamp())

    def step(self) -> str:
        """One step, and what it was; a step that is not possible just now is another one."""
        self.model.now = self.now
        self.steps += 1
        while True:
            act = self.chance.choice(self.acts)
            with suppress(NotNow):
                act()
                self._settled()
                self.done.append(act.__name__)
                return act.__name__

    def compare(self) -> None:
        """Balances and every lot."""
        self.model.now = self.now
        wallet = Wallet.objects.filter(member=self.member).first()
        stored = (wallet.paid, wallet.granted, wallet.held, wallet.debt) if wallet else (0, 0, 0, 0)
        lots = Lot.objects.filter(member=self.member).order_by("id")
        found = [(lot.remaining, lot.clawed, bool(lot.frozen_at)) for lot in lots]
        expected = [(lot.rest, lot.clawed, lot.frozen) for lot in self.model.lots]
        paid, _, held, debt = self.model.balances()
        granted = sum(lot.rest for lot in self.model.lots if lot.kind == "granted")
        if (stored, found) != ((paid, granted, held, debt), expected):
            raise Wrong(
                f"{self}, after {self.done[-9:]}: {stored} {found}, not {(paid, granted, held, debt)} {expected}"
            )

    # Money comes

    def top_up(self):
        cents, bonus = self.chance.randint(500, 9000), Decimal(self.chance.choice([0, 0, 100, 250])) / 100
        late = self.chance.choice([0, 0, 0, 1, 7, 50])
        if any(not payment.booked and payment.top_up.cents == cents for payment in self.payments):
            raise NotNow  # one payment page for each amount
        payment = stripe.pay(self.member, cents, bonus, self.chance.random() < 0.3, self.second - late * 3600)
        self.payments.append(payment)
        if self.chance.random() < 0.6:
            self._arrives(payment)

    def payment_arrives(self):
        """The event of a payment comes late, perhaps after those of its refund."""
        self._arrives(self.chance.pick(payment for payment in self.payments if not payment.booked))

    def _arrives(self, payment) -> None:
        self._tell(self.chance.choice(stripe.PAID), payment.session)
        cash, tax = (Decimal(cents) / 100 for cents in (payment.cents, payment.session["total_details"]["amount_tax"]))
        created = dt.datetime.fromtimestamp(payment.session["created"], dt.UTC)
        payment.booked = self.model.top_up(cash, payment.top_up.bonus, tax, created)
        self.cash += payment.cents - stripe.FEE
        payment.top_up.refresh_from_db()
        self._settled()
        for told in [told for told in self.waiting if told[0] is payment]:
            self.waiting.remove(told)
            self._expect(stripe.work(told[1]["id"]), "applied")
            self._refunded(*told)

    def grant(self):
        hours = self.chance.choice([None, None, *range(1, 40)])
        expires = hours and self.base + (self.hours() + hours) * HOUR
        amount = self.chance.amount(800)
        posting.grant(self.member, amount, expires_at=expires)
        self.model.grant(amount, expires)

    def adjust(self):
        amount = self.chance.amount(500)
        if self.chance.random() < 0.5:
            posting.adjust(self.member, amount, actor=self.staff, note="Correction")
            self.model.grant(amount)
        else:
            take = lambda: posting.adjust(self.member, -amount, actor=self.staff, note="Correction")  # noqa: E731
            self._both(take, lambda: self.model.take(amount, paid_too=True))

    # Money is spent

    def charge(self):
        amount, key = self._much(1200), f"soak:{uuid.uuid4()}"
        charge = lambda: posting.charge(self.member, amount, service="poem", external_id=key)  # noqa: E731
        booked, taken = self._both(charge, lambda: self.model.spend(amount))
        if booked:
            self.charges.append((booked.transaction_id, taken))
            if self.chance.random() < 0.1 and charge().created:
                raise Wrong(f"{key} was charged twice")

    def undo_charge(self):
        number, taken = self.chance.pick_out(self.charges)
        posting.reverse(number)
        self.model.give_back(taken)

    def hold(self):
        amount, until = self._much(2000), self.base + 100_000 * HOUR
        hold = lambda: posting.hold(self.member, amount, service="image", expires_at=until)  # noqa: E731
        booked, taken = self._both(hold, lambda: self.model.hold(amount))
        if booked:
            self.holds.append((booked.hold_id, amount, taken))

    def settle(self):
        number, amount, taken = self.chance.pick_out(self.holds)
        actual = max(Decimal("0.000001"), (amount * self.chance.randint(1, 4) / 4).quantize(Decimal("0.000001")))
        booked = posting.settle(number, actual)
        self.charges.append((booked.transaction_id, self.model.close(taken, actual)))

    def release(self):
        number, _, taken = self.chance.pick_out(self.holds)
        posting.release(number)
        self.model.close(taken, Decimal(0))

    def expire(self):
        due = Lot.objects.filter(member=self.member, has_rest=True, expires_at__lte=Now()).values_list("pk", flat=True)
        for number in list(due):
            posting.expire_lot(number)
        self.model.sweep()

    # Money goes back

    def refund(self):
        """Of a payment that is booked, or of one that nobody here has heard of yet: then it waits."""
        payment = self.chance.pick(payment for payment in self.payments if payment.left > 0 and not payment.is_disputed)
        cents = self.chance.choice([payment.left, self.chance.randint(1, payment.left)])
        refund = stripe.refund(payment, cents)
        payment.refunds.append([refund, None])
        event = stripe.letter("refund.created", refund, self.second)
        self._expect(stripe.deliver(event), "applied" if payment.booked else "waiting")
        if payment.booked:
            self._refunded(payment, event)
        else:
            self.waiting.append((payment, event))

    def _refunded(self, payment, event) -> None:
        told = event["data"]["object"]
        self.letters.append(event)
        for entry in payment.refunds:
            if entry[0]["id"] == told["id"]:
                entry[1] = self.steps, self.model.refund(payment.booked, Decimal(told["amount"]) / 100)
        self.cash -= told["amount"]

    def fail_refund(self):
        entry = self.chance.pick(entry for payment in self.payments for entry in payment.refunds if entry[1])
        entry[0]["status"] = "failed"
        self._tell("refund.failed", entry[0])
        self._comes_back(*entry[1])
        entry[1] = None
        self.cash += entry[0]["amount"]

    def dispute(self):
        payment = self.chance.pick(payment for payment in self.payments if payment.booked and not payment.dispute)
        cents = self.chance.choice([payment.cents, self.chance.randint(1, payment.cents)])
        if self.chance.random() < 0.15:
            payment.dispute = stripe.dispute(payment, cents, "warning_needs_response", ())
            self._tell("charge.dispute.created", payment.dispute)
            return
        payment.dispute = stripe.dispute(payment, cents, "needs_response", (-1,))
        self._tell(self.chance.choice(["charge.dispute.created", "charge.dispute.funds_withdrawn"]), payment.dispute)
        payment.undo = self.steps, self.model.refund(payment.booked, Decimal(cents) / 100)
        self.cash -= cents + stripe.DISPUTE_FEE
        self.model.freeze_lots(payment.booked, True)

    def decide_dispute(self):
        payment = self.chance.pick(payment for payment in self.payments if payment.is_undecided)
        cents, inquiry = payment.dispute["amount"], payment.undo is None
        won = not inquiry and self.chance.random() < 0.5
        status, moved = ("warning_closed", ()) if inquiry else ("won", (-1, 1)) if won else ("lost", (-1,))
        payment.dispute = stripe.dispute(payment, cents, status, moved)
        self._tell("charge.dispute.closed", payment.dispute)
        if won:
            self._comes_back(*payment.undo)
            self.cash += cents
        self.model.freeze_lots(payment.booked, False)

    def _comes_back(self, since: int, undo: tuple) -> None:
        """What was written off since it went is owed again, and then it is as if it had never gone."""
        for written_off in [found for found in self.write_offs if found[0] > since]:
            self.write_offs.remove(written_off)
            self.model.lay(self.model.used() + written_off[1])
        self.model.refund(*undo)

    def decide_debt(self):
        if not self.model.debt:
            raise NotNow
        choice = self.chance.choice(["write_off", "block", "carry"])
        decide = DebtDecision.objects.decide
        owed = self.model.debt
        decide(self.member, choice, owed=owed, reason="Talked to", form_key=uuid.uuid4(), by=self.staff)
        self.model.frozen = choice == "block"
        if choice == "write_off":
            self.model.write_off(owed)
            self.write_offs.append((self.steps, owed))

    def again(self):
        """The same letter, or another one about the same; whatever has happened since, nothing happens."""
        event = self.chance.pick(self.letters[-30:])
        if self.chance.random() < 0.5:
            self._expect(stripe.deliver(event), "known")
        else:
            self._expect(stripe.deliver(event | {"id": f"evt_{uuid.uuid4().hex}"}), "applied")

    def _tell(self, type_: str, thing: dict) -> None:
        event = stripe.letter(type_, thing, self.second)
        self._expect(stripe.deliver(event), "applied")
        self.letters.append(event)

    def _expect(self, state: str, wanted: str) -> None:
        if state != wanted:
            raise Wrong(f"{self}: an event is {state}, not {wanted}")

    def _settled(self) -> None:
        """Whoever owes nothing any more is blocked no longer."""
        if not self.model.debt:
            self.model.frozen = False

    def _both(self, verb, rule):
        """Both do it, or both refuse."""
        try:
            expected = rule()
        except (model.NotCovered, model.Frozen) as error:
            try:
                verb()
            except getattr(posting, type(error).__name__):
                return None, None
            raise Wrong(f"{self}: done, and not refused") from error
        return verb(), expected

    def _much(self, most: int) -> Decimal:
        """Now and then nearly all that can be spent: what a refund then takes back is no longer there."""
        if self.chance.random() < 0.6:
            return self.chance.amount(most)
        return max(Decimal("0.01"), (self.model.spendable() * Decimal("0.95")).quantize(Decimal("0.01")))
