"""`bin/run` itself, in a copy of the clone: it starts, answers, stops, and survives `kill -9` of everything."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psycopg
import pytest

from poemvision.embedded import leftovers, postgres
from tests.system import System
from tests.waiting import wait_until

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("system")]


class Clone(System):
    """The whole system, and what may happen to it."""

    @property
    def var(self) -> Path:
        return self.folder / "var"

    def refusal(self, *arguments, **names) -> str:
        """What it says when it does not start."""
        command = [self.folder / "bin" / "run", "--port", str(self.port), *arguments]
        environment = {"PATH": os.environ["PATH"], "POEMVISION_PYTHON": sys.executable, **names}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode != 0
        return done.stderr

    def kill(self):
        """kill -9 of every process."""
        self.process.kill()
        self.process.wait()
        while left := self.processes():
            for pid in left:
                with contextlib.suppress(ProcessLookupError):  # it has ended by itself meanwhile
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def processes(self) -> list[int]:
        return leftovers.of(self.var, (self.var / "postgres").resolve())

    def get(self, path) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read().decode()

    def sql(self, statement):
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else None

    def pid(self, name) -> int:
        """The process that the supervisor started last under this name."""
        log = (self.var / "log" / "supervisor.log").read_text()
        return int(log.rpartition(f"spawned: '{name}' with pid ")[2].split()[0])


@pytest.fixture
def clone(lasting_system):
    copy = Clone(lasting_system.folder, lasting_system.port)
    yield copy
    if copy.process and copy.process.poll() is None:
        copy.kill()


@pytest.fixture
def new_clone(tmp_path):
    """It has never been started."""
    return Clone.copied_to(tmp_path / "clone")


def test_it_works(clone):
    clone.start()
    assert clone.url in clone.output
    assert clone.get("/healthz") == "ok\n"
    assert '"failing"' not in clone.get("/readyz")
    assert "runs already" in clone.refusal()

    web = clone.pid("web")
    os.kill(web, signal.SIGKILL)
    wait_until(lambda: clone.pid("web") != web, 20, "another web process")
    assert clone.stop() <= 15
    assert clone.process.returncode == 0
    assert clone.processes() == []
    stopped = [line for line in (clone.var / "log" / "supervisor.log").read_text().splitlines() if "stopped: " in line]
    assert [line.split("stopped: ")[1].split()[0] for line in stopped][-2:] == ["redis", "postgres"]


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
    wait_until(lambda: clone.processes() == [], 20, "nothing runs")


def test_a_port_in_use_is_named(new_clone):
    with socket.create_server(("127.0.0.1", new_clone.port)):
        assert new_clone.refusal() == f"Port {new_clone.port} is in use: choose another one with --port N.\n"


def test_production_and_a_foreign_database_are_refused(new_clone):
    assert new_clone.refusal(MODE="production").startswith("bin/run is the embedded mode")
    said = new_clone.refusal("--fresh", DATABASE_URL="postgresql://127.0.0.1:1/x")
    assert said.startswith("--fresh does not empty the database")
    assert len(said.splitlines()) == 1
    assert not new_clone.var.exists()


def test_the_database_log_holds_no_values():
    command = postgres.command(Path("/home"), 5432)
    assert "log_min_error_statement=panic" in command and "log_error_verbosity=terse" in command
    assert not any(part.startswith("log_min_duration_statement") for part in command)
