"""Fixtures of this room."""

from files.tests.conftest import media  # noqa: F401 (a fixture)
