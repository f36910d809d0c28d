"""Fixtures: another Redis for the doorbell, one that hangs, one that is not there."""

import socket

import kombu.pools
import pytest

from jobs import doorbell
from poemvision.celery import app


@pytest.fixture
def broker(monkeypatch):
    """`broker(port)` points the doorbell at another Redis."""

    def point(port):
        monkeypatch.setattr(app.conf, "broker_write_url", f"redis://127.0.0.1:{port}/0")
        _forget_connections()

    doorbell.close_circuit()
    yield point
    monkeypatch.undo()
    _forget_connections()
    doorbell.close_circuit()


def _forget_connections():
    kombu.pools.reset()
    app.amqp._producer_pool = None


@pytest.fixture
def silent():
    """The port of something that accepts and never answers, like a stopped Redis."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def refusing():
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
