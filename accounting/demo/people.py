"""Who the members of the demo's history are, and what they are like."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

FIRST = (
    "Alma Anton Aroha Aylin Baran Beatriz Bo Camille Carlos Daria David Delia Emeka Emil Esther Fabian Fatima "
    "Finn Freya Gaia Giulia Goran Hannah Henrik Ida Ilya Imani Isla Ivan Jana Jonah Jun Kai Karim Laila Lena "
    "Leon Lucia Malik Maren Mateo Mei Milan Nadia Niamh Noor Oskar Paola Pavel Priya Quentin Rania Rosa Ruben "
    "Sana Selma Simon Sofia Tariq Tessa"
)
LAST = (
    "Abadi Andersen Bauer Beck Blanc Castro Chen Costa Dahl Diallo Engel Farkas Fischer Garcia Haas Hansen "
    "Horvat Ito Jensen Kaya Keller Klein Kovacs Lang Larsen Lopez Mancini Mbeki Meyer Moreau Nagy Novak Okoye "
    "Olsen Patel Peeters Petrov Popescu Rossi Sato Schmid Silva Singh Sommer Tanaka Toth Varga Vogel Walsh "
    "Weiss Wolf Yamada Zeman"
)
COUNTRIES = ("US",) * 9 + ("GB",) * 3 + ("DE",) * 4 + ("FR",) * 2 + ("NL", "CA", "CH", "AT", "IE")


@dataclass(frozen=True)
class Habit:
    """A kind of member: their share of all, days they stay on average, cuts a day, what they pay at once."""

    name: str
    share: float
    days: int
    rate: float
    pays: tuple[int, ...] = ()
    studio: float = 0.3  # of the cuts


HABITS = (
    Habit("curious", 0.45, 25, 0.2),
    Habit("now and then", 0.32, 150, 0.2, (5, 5, 10), 0.45),
    Habit("regular", 0.18, 300, 0.62, (10, 20, 20), 0.65),
    Habit("maker", 0.05, 420, 1.8, (20, 50, 50), 0.85),
)


@dataclass
class Member:
    """One of them, with the credit that they have in this story."""

    number: int
    name: str
    habit: Habit
    joined_at: dt.datetime
    leaves: dt.date
    granted: Decimal
    paid: Decimal = Decimal(0)
    payment: int | None = None  # their last: its number, when, how much
    paid_at: dt.datetime | None = None
    last_paid: Decimal = Decimal(0)

    @property
    def email(self) -> str:
        return email_of(self.number)

    @property
    def country(self) -> str:
        return COUNTRIES[self.number * 7 % len(COUNTRIES)]

    @property
    def credit(self) -> Decimal:
        return self.granted + self.paid

    def spend(self, amount: Decimal) -> tuple[Decimal, Decimal]:
        """Granted credit first, as the ledger does; what each part gave."""
        granted = min(self.granted, amount)
        self.granted -= granted
        self.paid -= amount - granted
        return granted, amount - granted


def name_of(number: int) -> str:
    """Each number another name, until all are used."""
    first, last = FIRST.split(), LAST.split()
    return f"{first[number * 7 % len(first)]} {last[number * 11 % len(last)]}"


def email_of(number: int) -> str:
    return f"{name_of(number).lower().replace(' ', '.')}.{number}@example.com"
