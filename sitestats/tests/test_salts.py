"""The salts of visitors' numbers: made by whoever is first, and then destroyed."""

import datetime as dt
import os
import secrets
import subprocess
import sys

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from sitestats import flusher, recording, salts
from sitestats.models import Salt, Visit
from sitestats.tests.test_page_views import FIREFOX

TURNS = """
import django, sys
django.setup()
from django.db import connection
from sitestats import salts
connection.ensure_connection()
print("ready", flush=True)
sys.stdin.read()
print([turn.salt.hex() for turn in salts.turns()])
"""


def files(old: str | None = None) -> tuple:
    """The path of the table's file, what is in it on the disk, and what is in the file that it had."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT p, pg_read_binary_file(p) FROM pg_relation_filepath('sitestats_salt') p")
        path, held = cursor.fetchone()
        cursor.execute("SELECT pg_read_binary_file(%s, 0, 100000, true)", [old or path])
        return path, bytes(held), bytes(cursor.fetchone()[0] or b"")


def test_two_who_destroy_do_it_one_after_the_other(db):
    """Before either has looked at the table: else both wait for the other to let go of it."""
    where = connection.settings_dict
    names = {"USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port", "NAME": "dbname"}
    salts.destroy(timezone.now())
    with psycopg.connect(**{name: where[key] for key, name in names.items()}) as other:
        other.execute("SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("SELECT sitestats_destroy_salts(current_date)")


def test_a_thread_knows_the_salts_from_its_first_look_on(db, monkeypatch):
    """However short a time ago the machine began, from which its clock counts."""
    monkeypatch.setattr(flusher.time, "monotonic", lambda: 5.0)
    buffer = recording.Buffer(salts.for_the_moment())
    assert flusher.Flusher(buffer).flush()
    assert buffer.turns == salts.turns()


def test_nothing_of_a_salt_is_in_the_statistics_of_the_planner(db):
    """Those outlive the rows that they were sampled from."""
    salts.turns()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE sitestats_salt")
        cursor.execute("SELECT attname FROM pg_stats WHERE tablename = 'sitestats_salt'")
        assert cursor.fetchall() == [("day",)]


def test_a_salt_is_made_once_and_destroyed(committed_db):
    """By two processes at once; then nobody can make yesterday's numbers again."""
    where = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")}
    address = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**where)
    told = {**os.environ, "DJANGO_SETTINGS_MODULE": "poemvision.settings", "DATABASE_URL": address}
    how = {"cwd": settings.BASE_DIR, "env": told, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", TURNS]
    with subprocess.Popen(command, **how) as one, subprocess.Popen(command, **how) as other:  # noqa: S603 - our words
        assert one.stdout.readline() == other.stdout.readline() == "ready\n" and not Salt.objects.exists()
        one.stdin.close()
        other.stdin.close()
        made = one.stdout.read(), other.stdout.read()
    turns = salts.turns()
    assert made[0] == made[1] == f"{[turn.salt.hex() for turn in turns]}\n" and len(turns) == 2
    now = timezone.now()
    old = secrets.token_bytes(16)
    Salt.objects.create(day=now.date() - dt.timedelta(days=3), salt=old)
    before = files()
    assert old in before[1]
    Visit.objects.create(visitor=1, session=1, origin=1, last_at=now - dt.timedelta(hours=1))
    assert salts.destroy(now) == 1 and salts.destroy(now) == 0
    assert not Visit.objects.exists() and not Salt.objects.filter(salt=old).exists()
    after = files(before[0])
    assert turns[0].salt in after[1] and old not in after[1] + after[2]
    assert salts.turns()[:2] == turns
    numbers = [salts.number(turn.salt, "203.0.113.9", FIREFOX) for turn in turns]
    assert numbers[0] != numbers[1] and numbers[1] == salts.number(turns[1].salt, "203.0.113.9", FIREFOX)
