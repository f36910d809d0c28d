import pytest

from jobs import doorbell, registry
from jobs.tests.broker import broker, refusing, silent  # noqa: F401 (fixtures)


@pytest.fixture
def handler(monkeypatch):
    """`@handler("test.work")` for the length of one test."""
    monkeypatch.setattr(registry, "HANDLERS", handlers := dict(registry.HANDLERS))
    monkeypatch.setattr("jobs.runner.HANDLERS", handlers)
    return registry.handler


@pytest.fixture(autouse=True)
def closed_circuit():
    doorbell.close_circuit()
    yield
    doorbell.close_circuit()
