"""A few members whom all processes serve at once: the same letters, in every order, and spending in between."""

import datetime as dt
import uuid
from decimal import Decimal
from random import Random

from django.db import OperationalError

from bench.soak import stripe
from ledger import posting

MEMBERS = 8


class Crowd:
    """Made once, before the processes; each then delivers every letter once, in an order of its own."""

    def __init__(self, chance: Random, payments: int):
        self.members = [stripe.member() for _ in range(MEMBERS)]
        now = int(dt.datetime.now(dt.UTC).timestamp())
        self.payments = [
            stripe.pay(chance.choice(self.members), 500 + number, Decimal(1), False, now) for number in range(payments)
        ]
        self.letters = [stripe.letter(type_, paid.session, now) for paid in self.payments for type_ in stripe.PAID]

    def join(self, chance: Random) -> None:
        """In a process of its own from now on."""
        self.chance, self.mine = chance, chance.sample(self.letters, len(self.letters))

    @property
    def cash(self) -> int:
        """Cents that all of it leaves at Stripe."""
        return sum(payment.cents - stripe.FEE for payment in self.payments)

    def step(self) -> str:
        if self.mine and self.chance.random() < 0.5:
            stripe.deliver(self.mine.pop())
            return "letter to all"
        try:
            self._spend(self.chance.choice(self.members), Decimal(self.chance.randint(1, 300)) / 100)
        except (
            posting.NotCovered,
            OperationalError,
        ):  # another process holds the wallet for too long: nothing is written
            return "refused to one of all"
        return "spending of one of all"

    def _spend(self, member, amount: Decimal) -> None:
        how = self.chance.randrange(3)
        if how == 0:
            posting.charge(member, amount, service="poem", external_id=f"soak:{uuid.uuid4()}")
        elif how == 1:
            until = dt.datetime.now(dt.UTC) + dt.timedelta(days=3650)
            held = posting.hold(member, amount, service="image", expires_at=until)
            posting.settle(held.hold_id, amount / 2)
        else:
            posting.grant(member, amount)
