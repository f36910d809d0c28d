"""People for tests that commit, and Stripe's side of things."""

import pytest

from billing.tests.stripe_side import StripeSide
from jobs.tests.broker import broker, refusing, silent  # noqa: F401 (fixtures)


@pytest.fixture
def make_people(django_user_model):
    """Create users with the given roles and return them; for tests with `committed_db`."""

    def make(*roles):
        return [
            django_user_model.objects.create_user(f"person{number}@poemvision.example", "x", role=role)
            for number, role in enumerate(roles)
        ]

    return make


@pytest.fixture
def stripe_side(sandbox, settings):
    """The project talks to a real sandbox; its webhooks wait until the test hands them over."""
    settings.STRIPE_SECRET_KEY = sandbox.api_key
    settings.STRIPE_API_BASE = settings.STRIPE_SANDBOX_URL = sandbox.url
    side = StripeSide(sandbox).open()
    settings.STRIPE_WEBHOOK_SECRETS = [side.endpoint.secret]
    yield side
    side.close()
