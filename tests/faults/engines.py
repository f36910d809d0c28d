"""A PostgreSQL and a Redis of one's own, to be hung, killed and started again on the same port."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from poemvision.embedded import postgres, redis

OPTIONS = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB", "max_connections": "60"}


@dataclass
class Engine(ABC):
    """One server process in a folder of its own. Signals go to it by its process id."""

    home: Path = field(default_factory=lambda: _folder())
    port: int = field(default_factory=postgres.free_port)
    password: str = field(default_factory=lambda: secrets.token_hex(16))
    process: subprocess.Popen | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """How it is started."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether a client gets an answer."""

    def start(self) -> "Engine":
        """Start, or start again after `stop` or `kill`; returns when it answers."""
        deadline = time.monotonic() + 40
        while True:
            with (self.home / "log").open("ab") as log:
                self.process = subprocess.Popen(
                    self.command(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    **self.as_whom,
                )
            while self.process.poll() is None:
                if self.answers():
                    return self
                time.sleep(0.03)
            # The backends of a killed PostgreSQL hold its shared memory for a moment longer
            assert time.monotonic() < deadline, (self.home / "log").read_text()[-2000:]
            time.sleep(0.1)

    def hang(self) -> None:
        """Accepts connections and says nothing any more."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Ctrl-C: PostgreSQL ends its sessions and goes at once."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=20)

    def remove(self) -> None:
        """Stop it and forget its data."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    as_whom = {}


class Postgres(Engine):
    """PostgreSQL out of the wheel."""

    as_whom = postgres.as_account()

    def create(self) -> "Postgres":
        """Make the cluster."""
        postgres.initialise(self.home, self.password, durable=False)
        return self

    def command(self):
        return postgres.command(self.home, self.port, **OPTIONS)

    @property
    def url(self) -> str:
        return postgres.url(self.port, self.password)

    def connect(self) -> psycopg.Connection:
        """A connection beside Django's."""
        return psycopg.connect(self.url, autocommit=True, connect_timeout=2)

    def answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def waiting_for_locks(self) -> int:
        """How many sessions wait for a row that somebody else holds."""
        with self.connect() as observer:
            query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            return observer.execute(query).fetchone()[0]


class Redis(Engine):
    """Redis out of the wheel, in memory only: killed, it has forgotten everything."""

    def command(self):
        return [str(redis.program()), str(redis.configure(self.home, self.port, self.password, appendonly="no"))]

    @property
    def url(self) -> str:
        return redis.url(self.port, self.password)

    def answers(self) -> bool:
        return self.say("PING").startswith(b"+PONG")

    def say(self, *words: str) -> bytes:
        """One command, the raw reply; empty when there is none."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as line:
                line.sendall(f"AUTH {self.password}\r\n{' '.join(words)}\r\n".encode())
                reply = b""
                while reply.count(b"\r\n") < 2:
                    reply += line.recv(4096)
                return reply.split(b"\r\n", 1)[1]
        except OSError:
            return b""


def _folder() -> Path:
    """A folder that the account of PostgreSQL may enter."""
    folder = Path(tempfile.mkdtemp(prefix="poemvision-faults-", dir="/tmp"))
    folder.chmod(0o711)
    return folder


def environment(postgres_url: str, redis_url: str, port: int) -> dict[str, str]:
    """What the project's own processes get; nothing of the shell but the path."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        "EMBEDDED_ENV": os.devnull,
        "PYTHONUNBUFFERED": "1",
        "PORT": str(port),
        "BASE_URL": f"http://localhost:{port}",
        "SECRET_KEY": os.environ["SECRET_KEY"],
        "DATABASE_URL": postgres_url,
        "REDIS_URL": redis_url,
    }
