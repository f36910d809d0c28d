"""The whole cast, made and signed in once for a module that asks every route, which saves it a dozen queries a request.

What a test does is rolled back as ever: Django's savepoint of a test lies within the transaction of the module.
"""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client
from django.utils import timezone

from tests.props import make_props

ROLES = {
    "owner": "super_admin",
    "supporter": "support",
    "marketer": "marketing",
    "accountant": "finance",
    "member": "",
    "outsider": "",
    "suspended": "super_admin",
}
_handlers = {}


@pytest.fixture(scope="module")
def cast(django_db_setup, django_db_blocker):
    """Everybody by name; each has a session, in which one page was seen: `as_person(cast["owner"])`. And the props."""
    with django_db_blocker.unblock(), forgotten():
        users = get_user_model().objects
        people = {
            name: users.create_user(f"{name}@poemvision.example", "poem-vision-demo", role=role)
            for name, role in ROLES.items()
        }
        for person in people.values():
            client = Client()
            client.force_login(person)
            client.get("/home/")
            person.cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        users.update(last_seen_at=timezone.now() + timedelta(days=1))  # nobody is noted again while they read
        users.filter(pk=people["suspended"].pk).update(is_active=False)
        yield people | {"props": make_props(people)}


@contextmanager
def forgotten():
    """What is done inside leaves nothing behind."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def as_person(person=None, **how) -> Client:
    """A client with that person's session; without one, of somebody who is signed out."""
    client = Client(raise_request_exception=False, **how)
    client.handler = _handlers.setdefault(tuple(how.items()), client.handler)  # whose middleware is loaded
    if person:
        client.cookies[settings.SESSION_COOKIE_NAME] = person.cookie
    return client


def confirmed_client(person) -> Client:
    """A client of somebody who has just given the password again, as `accounts.access.confirmed` asks."""
    client = Client()
    client.force_login(person)
    client.post("/account/reauthenticate/", {"password": "poem-vision-demo"})
    return client
