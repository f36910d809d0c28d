"""Fixtures: another Redis for the doorbell, one that hangs, one that is not there."""

import socket
from contextlib import suppress

import kombu.pools
import pytest

from jobs import doorbell
from poemvision.celery import app


@pytest.fixture
def broker(monkeypatch):
    """`broker(port)` points the doorbell at another Redis, which may be silent for so many seconds."""

    def point(port, *, patience=1.0):
        monkeypatch.setattr(app.conf, "broker_write_url", f"redis://127.0.0.1:{port}/0")
        monkeypatch.setitem(app.conf.broker_transport_options, "socket_timeout", patience)
        _forget_connections()

    doorbell.close_circuit()
    yield point
    monkeypatch.undo()
    _forget_connections()
    doorbell.close_circuit()


def _forget_connections():
    kombu.pools.reset()
    app.amqp._producer_pool = None


class Silent:
    """What accepts on `port` and never answers, like a stopped Redis."""

    def __init__(self, server: socket.socket):
        self.port = server.getsockname()[1]
        self._server, self._lines = server, []

    def callers(self) -> int:
        """How often somebody has called."""
        self._server.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                self._lines.append(self._server.accept()[0])
        return len(self._lines)

    def hang_up(self) -> None:
        self.callers()
        for line in self._lines:
            line.close()


@pytest.fixture
def silent():
    with socket.create_server(("127.0.0.1", 0)) as server:
        silent = Silent(server)
        yield silent
        silent.hang_up()


@pytest.fixture
def refusing():
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
