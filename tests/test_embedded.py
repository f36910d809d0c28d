"""`bin/run` itself, in a copy of the clone: it starts, answers, stops, and survives `kill -9` of everything."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from poemvision.embedded import leftovers, postgres

SLOW = pytest.mark.timeout(300)
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "var", "staticfiles", "__pycache__", ".*_cache", "load_demo.py")


class Clone:
    """A copy of this project in a folder of its own, and the `bin/run` that may run in it."""

    def __init__(self, root: Path):
        self.root, self.var, self.port, self.process = root, root / "var", postgres.free_port(), None

    def command(self, *arguments):
        return [self.root / "bin" / "run", "--port", str(self.port), *arguments]

    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": str(self.root), "POEMVISION_PYTHON": sys.executable}

    def start(self, *arguments) -> str:
        """Start it and return what it said until it was ready."""
        output = self.root / "output"
        with output.open("wb") as sink:
            self.process = subprocess.Popen(self.command(*arguments), env=self.environment(), stdout=sink, stderr=sink)
        deadline = time.monotonic() + 120
        while "Ctrl-C stops everything" not in output.read_text():
            assert self.process.poll() is None, output.read_text()
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.05)
        return output.read_text()

    def refusal(self, *arguments) -> str:
        """What it says when it does not start."""
        done = subprocess.run(self.command(*arguments), env=self.environment(), capture_output=True, text=True)
        assert done.returncode != 0
        return done.stderr

    def stop(self) -> float:
        """Ctrl-C; the seconds it took."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(30) == 0
        return time.monotonic() - begun

    def kill(self):
        """kill -9 of every process."""
        self.process.kill()
        self.process.wait()
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        while self.processes():
            time.sleep(0.05)

    def processes(self) -> list[int]:
        return leftovers.of(self.var, (self.var / "postgres").resolve())

    def get(self, path) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read().decode()

    def sql(self, statement):
        lines = (self.var / "embedded.env").read_text().splitlines()
        address = dict(line.split("=", 1) for line in lines)["DATABASE_URL"]
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else None

    def pid(self, name) -> int:
        """The process that the supervisor started last under this name."""
        log = (self.var / "log" / "supervisor.log").read_text()
        return int(log.rpartition(f"spawned: '{name}' with pid ")[2].split()[0])


@pytest.fixture
def clone(tmp_path):
    copy = Clone(Path(shutil.copytree(settings.BASE_DIR, tmp_path / "a clone, 100% new", ignore=NOT_COPIED)))
    yield copy
    if copy.process and copy.process.poll() is None:
        copy.kill()
    home = copy.var / "postgres"
    if home.is_symlink():
        shutil.rmtree(home.resolve())


@SLOW
def test_it_works(clone):
    said = clone.start()
    assert f"http://localhost:{clone.port}" in said
    assert clone.get("/healthz") == "ok\n"
    assert '"failing"' not in clone.get("/readyz")
    assert "runs already" in clone.refusal()

    web = clone.pid("web")
    os.kill(web, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while clone.pid("web") == web and time.monotonic() < deadline:
        time.sleep(0.1)
    assert clone.pid("web") != web

    assert clone.stop() <= 15
    assert clone.processes() == []
    stopped = [line for line in (clone.var / "log" / "supervisor.log").read_text().splitlines() if "stopped: " in line]
    assert [line.split("stopped: ")[1].split()[0] for line in stopped][-2:] == ["redis", "postgres"]


@SLOW
def test_data_survives_kill_nine_of_everything(clone):
    clone.start()
    clone.sql("CREATE TABLE kept AS SELECT 1 AS one")
    clone.kill()
    # The worst a reused process number can do: the file names a living process
    lock = clone.var / "postgres" / "data" / "postmaster.pid"
    assert lock.exists()
    lock.write_text(f"{os.getpid()}\n" + lock.read_text().partition("\n")[2])

    clone.start()
    assert clone.sql("SELECT one FROM kept") == [(1,)]

    # The supervisor and its parent die: everything else must follow by itself
    os.kill(int((clone.var / "run" / "supervisor.pid").read_text()), signal.SIGKILL)
    clone.process.kill()
    clone.process.wait()
    deadline = time.monotonic() + 20
    while clone.processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert clone.processes() == []


def test_a_port_in_use_is_named(clone):
    with socket.create_server(("127.0.0.1", clone.port)):
        assert clone.refusal() == f"Port {clone.port} is in use: choose another one with --port N.\n"


def test_production_and_a_foreign_database_are_refused(clone):
    nothing = {"PATH": os.environ["PATH"], "POEMVISION_PYTHON": sys.executable}
    for arguments, names, word in [
        ([], {"MODE": "production"}, "embedded mode"),
        (["--fresh"], {"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, "--fresh"),
    ]:
        done = subprocess.run(clone.command(*arguments), env=nothing | names, capture_output=True, text=True)
        assert done.returncode != 0
        assert word in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not clone.var.exists()
