"""One database per test worker, cloned from a migrated template; after a test that commits it is put back.

pytest-django would create the databases itself and empty them with TRUNCATE, which the append-only tables refuse.
"""

import os
import secrets

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase
from psycopg import sql

from poemvision import rights
from tests.pristine import Pristine

RUN = os.environ["TEST_RUN"]
TEMPLATE = f"{RUN}_template"
CLONE = f"{RUN}_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
MAINTENANCE = settings.DATABASES["default"]["NAME"]  # of DATABASE_URL; never written to
_LOCK = 0x706F656D  # any number: the workers of one run queue behind it
pristine: Pristine  # of this worker's database


def _server(name: str = MAINTENANCE):
    """A connection to the server, beside Django's, that can create and drop databases."""
    where = connection.settings_dict
    return psycopg.connect(
        **{name.lower(): where[name] for name in ("USER", "PASSWORD", "HOST", "PORT") if where[name]},
        dbname=name,
        autocommit=True,
    )


def _point_django_at(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name


def _make_template() -> None:
    with _server() as server:
        server.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            return
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
        _point_django_at(TEMPLATE)
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        connection.close()


def _clone() -> None:
    global pristine
    with _server() as server:
        for statement in ("DROP DATABASE IF EXISTS {0} WITH (FORCE)", "CREATE DATABASE {0} TEMPLATE {1}"):
            server.execute(sql.SQL(statement).format(sql.Identifier(CLONE), sql.Identifier(TEMPLATE)))
    pristine = Pristine(CLONE, MAINTENANCE, _server)


def make_anew(test_case) -> None:
    """Stands in for Django's flush: ends every connection and puts rows back, or where that is not all, clones."""
    connection.close()
    if not pristine.restore():
        _clone()
    _point_django_at(CLONE)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """Replaces pytest-django's: the clone of this worker instead of a database created on the spot."""
    TransactionTestCase._fixture_teardown = make_anew
    with django_db_blocker.unblock():
        _make_template()
        _clone()
        _point_django_at(CLONE)
    yield
    with django_db_blocker.unblock():
        connection.close()


@pytest.fixture
def committed_db(transactional_db):
    """Real commits, for threads, `on_commit` and other processes. Afterwards the database is as it was."""


@pytest.fixture
def patience(committed_db, monkeypatch):
    """Whoever waits for another one's row, or to count a try, does so as long as a slow machine takes."""
    waits = "-c lock_timeout=120s -c statement_timeout=120s -c timezone=UTC"
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", waits)  # of the connections of new threads


@pytest.fixture
def app_role(committed_db):
    """Django is connected as production's application is: by a role with the rights of poemvision/rights.py only."""
    owner = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    role, password = f"{CLONE}_app", secrets.token_hex(16)
    _run("CREATE ROLE {} LOGIN PASSWORD {}", sql.Identifier(role), sql.Literal(password))
    rights.grant(role)
    connection.close()
    connection.settings_dict.update(USER=role, PASSWORD=password)
    yield role
    connection.close()
    connection.settings_dict.update(owner)
    _run("DROP OWNED BY {0}", sql.Identifier(role))
    _run("DROP ROLE {0}", sql.Identifier(role))


def _run(statement: str, *parts) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*parts))
