"""Stripe's side of things, with a clock of its own: what is billed here moves months ahead."""

from datetime import UTC, datetime

import pytest

from billing.tests.conftest import make_people, stripe_side  # noqa: F401 (fixtures)
from memberships import recognition
from memberships.tests.stripe_side import Premium
from memberships.tests.told import DAY, START
from tunables import values


@pytest.fixture(autouse=True)
def offered(db):
    """Staff offer Premium."""
    values.change("premium_offered", "on", by=None)


@pytest.fixture
def clock(monkeypatch):
    """The time by which months have passed, as days since what `told` tells of began."""
    now = [START]
    monkeypatch.setattr(recognition.timezone, "now", lambda: datetime.fromtimestamp(now[0], UTC))

    def move(days: int) -> None:
        now[0] = START + days * DAY
        recognition.recognise_due()

    return move


@pytest.fixture
def premium(stripe_side):  # noqa: F811
    """What a member, the bank and time do about Premium."""
    return Premium(stripe_side)
