"""The cast of billing's tests is at hand here, too; and it is the middle of a month."""

import pytest
from django.utils import timezone

from billing.tests.conftest import make_people  # noqa: F401 (a fixture)
from reports.tests.make import NOW


@pytest.fixture(autouse=True)
def it_is_now(monkeypatch):
    """No month is about to begin or to close."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
