"""Stripe's side of things, with a clock of its own: what is billed here moves months ahead."""

import pytest

from billing.tests.conftest import stripe_side  # noqa: F401 (a fixture)
from memberships.tests.stripe_side import Premium
from stripesandbox.tests.server import Sandbox, free_port


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """A Stripe account of the module's own."""
    running = Sandbox(free_port(), tmp_path_factory.mktemp("sandbox"))
    try:
        yield running.start()
    finally:
        running.kill()


@pytest.fixture
def premium(stripe_side):  # noqa: F811
    """What a member, the bank and time do about Premium."""
    side = Premium(stripe_side)
    yield side
    side.end_all()
