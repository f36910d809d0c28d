"""The databases of the tests themselves."""

import threading

from django.contrib.auth import get_user_model
from django.db import connection


def _create(email):
    get_user_model().objects.create_user(email=email, password="x")
    connection.close()


def test_it_works(db):
    assert get_user_model().objects.count() == 0


def test_committed_rows_are_seen_by_another_connection(committed_db):
    thread = threading.Thread(target=_create, args=["thread@poemvision.example"])
    thread.start()
    thread.join()
    assert get_user_model().objects.get().email == "thread@poemvision.example"


def test_nothing_committed_is_left_behind(committed_db):
    assert not get_user_model().objects.exists()
    _create("left@poemvision.example")
