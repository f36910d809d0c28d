"""The cast of billing's tests is at hand here, too."""

from billing.tests.conftest import make_people  # noqa: F401 (a fixture)
