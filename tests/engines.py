"""A pytest plugin, loaded first: a throw-away PostgreSQL and Redis for the run, unless the environment names some.

`pytest.ini` loads it with `-p`, because Django's settings read DATABASE_URL and REDIS_URL when they are imported.
The process that starts the engines also stops them; xdist's workers find the addresses in their environment.
"""

import ctypes
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from poemvision.embedded import postgres, redis

THROW_AWAY = {
    **dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "off"),
    "max_connections": "300",
    "autovacuum": "off",  # what it learns within a minute would change plans, and catalogues, now and then
}
PR_SET_PDEATHSIG = 1
_processes: list[subprocess.Popen] = []
_folders: list[Path] = []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests():
    if "PYTEST_XDIST_WORKER" not in os.environ:
        _forget_settings()
        os.environ["TEST_RUN"] = f"test_{os.getpid()}_{secrets.token_hex(3)}"
        os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
        os.environ["MEDIA_ROOT"] = str(_folder())
        if not os.environ.get("DATABASE_URL"):
            os.environ["DATABASE_URL"] = start_postgres(**THROW_AWAY)
        if not os.environ.get("REDIS_URL"):
            os.environ["REDIS_URL"] = start_redis()
    else:
        os.environ["REDIS_URL"] = _own_number(os.environ["REDIS_URL"], os.environ["PYTEST_XDIST_WORKER"])
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure():
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    try:
        _drop_databases()
    finally:
        stop()


def stop() -> None:
    """Stop what was started here, and remove its data."""
    for process in reversed(_processes):
        process.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown; Redis stops on it too
    for process in _processes:
        process.wait(timeout=20)
    for folder in _folders:
        shutil.rmtree(folder, ignore_errors=True)
    _processes.clear()
    _folders.clear()


def _forget_settings() -> None:
    """Tests run with the defaults: no real Stripe key of the shell, nothing of a `bin/run` beside them."""
    example = Path(__file__).resolve().parent.parent / ".env.example"
    names = set(re.findall(r"^([A-Z_]+)=", example.read_text(), re.MULTILINE))
    for name in names - {"CHROMIUM", "DATABASE_URL", "POEMVISION_PYTHON", "REDIS_URL", "SECRET_KEY"}:
        os.environ.pop(name, None)
    os.environ["EMBEDDED_ENV"] = os.devnull


def _drop_databases() -> None:
    """Remove what this run left on a server that may outlive it (see tests/databases.py)."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
        for (name,) in server.execute(query, [os.environ["TEST_RUN"]]).fetchall():
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def start_postgres(**options: str) -> str:
    """Start a new, empty PostgreSQL and return its address."""
    home, port, password = _folder(), postgres.free_port(), secrets.token_hex(16)
    postgres.initialise(home, password, durable=False)
    _start(postgres.command(home, port, **options), home / "postgres.log", **postgres.as_account())
    _wait(port, home / "postgres.log")
    address = postgres.url(port, password)
    _until_it_answers(address)
    return address


def _until_it_answers(address: str) -> None:
    """On a busy machine it refuses for a moment after it listens: "the database system is starting up"."""
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(address).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def start_redis() -> str:
    """Start a new, empty Redis and return its address."""
    home, port, password = _folder(), postgres.free_port(), secrets.token_hex(16)
    settings = redis.configure(home, port, password, appendonly="no", databases="64")
    _start([str(redis.program()), str(settings)], home / "redis.log")
    _wait(port, home / "redis.log")
    return redis.url(port, password)


def _own_number(url: str, worker: str) -> str:
    """A Redis database of its own for each worker: gw0 takes the one after the number in the address."""
    address = urlsplit(url)
    number = int(address.path.strip("/") or 0) + 1 + int(worker.removeprefix("gw"))
    return address._replace(path=f"/{number}").geturl()


def _folder() -> Path:
    """A temporary folder that the unprivileged account may enter, which a folder below a closed TMPDIR is not."""
    for parent in (Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/tmp")):  # noqa: S108 (mkdtemp makes it ours)
        if all(above.stat().st_mode & 0o001 for above in (parent, *parent.parents)):
            break
    folder = Path(tempfile.mkdtemp(prefix="poemvision-test-", dir=parent))
    folder.chmod(0o711)
    _folders.append(folder)
    return folder


def _start(command: list[str], log: Path, **how) -> None:
    prctl = ctypes.CDLL(None).prctl
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Not left behind when the test run itself is killed
            preexec_fn=lambda: prctl(PR_SET_PDEATHSIG, signal.SIGINT),
            start_new_session=True,
            **how,
        )
    _processes.append(process)


def _wait(port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and _processes[-1].poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise pytest.UsageError(f"An engine for the tests did not start:\n{log.read_text()[-2000:]}")
