"""What can happen on a day of the demo's history. `at` is when."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from accounting.demo.people import Member


@dataclass(frozen=True)
class Act:
    at: dt.datetime


@dataclass(frozen=True)
class Join(Act):
    member: Member


@dataclass(frozen=True)
class Pay(Act):
    member: Member
    number: int  # of all payments, counted from 0
    amount: Decimal
    bonus: Decimal


@dataclass(frozen=True)
class Make(Act):
    """One cut. `costs`: what its parts cost, as a multiple of what the price book expects. `luck` picks its looks."""

    member: Member
    number: int
    service: str
    costs: tuple[tuple[str, Decimal], ...]
    broken: bool
    given_back: bool
    luck: int


@dataclass(frozen=True)
class Gift(Act):
    """Granted credit; `lasts` days, or, when it is 0, until the ledger next looks."""

    member: Member
    amount: Decimal
    note: str
    lasts: int | None = None


@dataclass(frozen=True)
class Refund(Act):
    payment: int
    amount: Decimal


@dataclass(frozen=True)
class Dispute(Act):
    payment: int
    won: bool


@dataclass(frozen=True)
class Fill(Act):
    """Tracks are made for the music pool; what each really cost, as in Make."""

    costs: tuple[Decimal, ...]


@dataclass(frozen=True)
class PayOut(Act):
    """All that is available at Stripe goes to the bank."""


@dataclass(frozen=True)
class PayProviders(Act):
    """What they are owed for the days before `until`."""

    until: dt.date


@dataclass(frozen=True)
class Subscribe(Act):
    """A time on Premium, all of it. `steps` are (seconds after `at`, verb, interval or option)."""

    member: Member
    steps: tuple[tuple[int, str, str], ...]
