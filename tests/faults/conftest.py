"""One running stack for all tests that break engines and processes; they share a worker of pytest-xdist."""

import itertools

import pytest
from django.test import Client

from accounts.models import User
from tests.faults.stack import Stack, django_at

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def running_stack(tmp_path_factory):
    stack = Stack(tmp_path_factory.mktemp("stack"))
    try:
        yield stack.start()
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
