"""What happens next: random, and the same for the same seed."""

from decimal import Decimal
from random import Random


class NotNow(Exception):
    """There is nothing of this kind to do just now."""


class Chance(Random):
    """A source of choices and amounts."""

    def pick(self, found):
        """One of them. Raises NotNow when there is none."""
        if not (found := list(found)):
            raise NotNow
        return self.choice(found)

    def pick_out(self, found: list):
        """One of them, which is taken out of the list."""
        found.remove(one := self.pick(found))
        return one

    def amount(self, most: int) -> Decimal:
        """Up to so many cents, and now and then some millionths of a dollar more."""
        cents = Decimal(self.randint(1, most)) / 100
        return cents if self.random() < 0.7 else cents + Decimal(self.randint(1, 9999)) / 1_000_000
