"""From running engines to a system that answers: the database, its tables, the static files, the demo data."""

import contextlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg

from poemvision.embedded import changes, place, watch
from poemvision.embedded.plan import READY, Plan

PATIENCE = 300  # seconds; a program that fails ends the wait at once


def bring_up(plan: Plan, home: Path | None, check: Callable[[], None]) -> None:
    """Return when the web server answers. `check` raises when a program fails."""
    if home:
        _until(lambda: _make_database(plan), "PostgreSQL does not answer; see var/log/postgres.log.", check)
    # A cluster that somebody removed is another one when it is made again
    ours = home and f"{home} {(home / 'data' / 'PG_VERSION').stat().st_mtime_ns}"
    steps = changes.needed(ours or plan.environment["DATABASE_URL"])
    if steps:
        _run([sys.executable, "-m", "poemvision.embedded.setup", *steps], plan, "The set-up failed.")
        changes.keep(steps)
    READY.touch()
    url = f"http://127.0.0.1:{plan.port}/healthz"
    _until(lambda: watch.answers(url), "The web server does not answer; see var/log/web.log.", check)


def _until(condition: Callable[[], bool], sentence: str, check: Callable[[], None]) -> None:
    if not watch.until(condition, PATIENCE, check=check):
        raise place.CannotStart(sentence)


def _make_database(plan: Plan) -> bool:
    """Create the project's database if it is missing; False while the server does not take connections yet."""
    url = plan.environment["DATABASE_URL"]
    with contextlib.suppress(psycopg.OperationalError):
        with psycopg.connect(url.rpartition("/")[0] + "/postgres", autocommit=True, connect_timeout=3) as server:
            if not server.execute("SELECT 1 FROM pg_database WHERE datname = 'poemvision'").fetchone():
                server.execute("CREATE DATABASE poemvision")
        return True
    return False


def has_demo(plan: Plan) -> bool:
    """Whether the demo sign-ins exist in this database."""
    with psycopg.connect(plan.environment["DATABASE_URL"]) as server:
        return server.execute("SELECT EXISTS (SELECT 1 FROM accounts_user WHERE is_demo)").fetchone()[0]


def _run(command: list[str], plan: Plan, sentence: str) -> None:
    """Run a step of the set-up; its own words pass through to the terminal."""
    environment = {**plan.environment, "STATEMENT_TIMEOUT": "0"}  # a migration may take its time
    done = subprocess.run(command, env=environment, cwd=place.ROOT, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise place.CannotStart("\n".join([*done.stderr.splitlines()[-15:], sentence]))
