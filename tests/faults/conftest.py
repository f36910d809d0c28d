"""One running stack for all tests that break engines and processes; they share a worker of pytest-xdist."""

import itertools

import psycopg
import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from jobs import doorbell
from tests import databases
from tests.faults.crash import tally
from tests.faults.stack import Stack, django_at

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def running_stack(django_db_setup, tmp_path_factory):
    stack = Stack(tmp_path_factory.mktemp("stack"))
    try:
        yield stack.start(databases.TEMPLATE)
    finally:
        stack.stop()


@pytest.fixture
def stack(running_stack, django_db_setup, django_db_blocker):
    """The stack, healthy and without workers; Django's ORM in the test looks into its database."""
    with django_db_blocker.unblock(), django_at(running_stack.postgres.url):
        yield running_stack
        running_stack.end_workers()


@pytest.fixture
def new_member(stack):
    """`new_member()`: somebody without credit."""
    return lambda: User.objects.create_user(f"member{next(_numbers)}@poemvision.example", "x")


@pytest.fixture
def session_cookie(stack, new_member, settings):
    """Cookies of a member who is signed in at the stack."""
    client = Client()
    client.force_login(new_member())
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {f"session_{stack.port}": value}


@pytest.fixture
def server(committed_db, monkeypatch):
    """A session beside the one that is cut; the doorbell is another story (jobs/tests)."""
    monkeypatch.setattr(doorbell, "ring", lambda job_id, queue: True)
    where = {name.lower(): connection.settings_dict[name] for name in ("HOST", "PORT", "USER", "PASSWORD")}
    with psycopg.connect(**where, dbname=connection.settings_dict["NAME"], autocommit=True) as beside:
        yield beside


@pytest.fixture(autouse=True)
def crash_points(record_property):
    """What a test's crash sweeps met goes with its report: tests/faults/summary.py adds them up."""
    points, violations = tally.points, tally.violations
    yield
    if tally.points > points:
        record_property("crash sweep", (tally.points - points, tally.violations - violations))
