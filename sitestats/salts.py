"""The salts that visitors' numbers are made with: one per business day, random, and deleted after it.

A number is a keyed hash of address and user agent. Without the key nobody makes it again, not with the whole database.
"""

import datetime as dt
import secrets
import struct
from hashlib import blake2b
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from sitestats.models import Salt, Visit
from ui import clock

IDLE = 1800  # seconds; with a salt's end a session must be found by the old number for as long
_NUMBER = struct.Struct("<q")


class Turn(NamedTuple):
    """A salt and since when it counts, in seconds since 1970."""

    since: float
    day: dt.date
    salt: bytes


def number(salt: bytes, address: str, user_agent: str) -> int:
    """Who it is on the day of that salt."""
    return _NUMBER.unpack(
        blake2b(f"{address}\n{user_agent}".encode(errors="replace"), digest_size=8, key=salt).digest()
    )[0]


def turns() -> list[Turn]:
    """Tomorrow's salt, today's, and yesterday's while it is there; made where they are missing, by whoever is first."""
    today = clock.today()
    days = [today + dt.timedelta(days=1), today]
    with connection.cursor() as cursor:
        for day in days:
            cursor.execute(
                "INSERT INTO sitestats_salt (day, salt) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                [day, secrets.token_bytes(16)],
            )
    kept = Salt.objects.filter(day__gte=today - dt.timedelta(days=1), day__lte=days[0]).order_by("-day")
    return [Turn(clock.midnight(row.day).timestamp(), row.day, bytes(row.salt)) for row in kept]


def for_the_moment() -> list[Turn]:
    """A process that has not reached the database yet uses a salt that nobody else has."""
    today = timezone.now().date()
    return [Turn(0.0, today, secrets.token_bytes(16))]


def destroy(now: dt.datetime) -> int:
    """Have no more of yesterday's salt when no session can go on by it, in no file of the table either.

    Who was seen lately goes, too. How many salts are gone.
    """
    last = (now - dt.timedelta(seconds=IDLE + 60)).astimezone(clock.zone()).date()
    Visit.objects.filter(last_at__lt=now - dt.timedelta(seconds=IDLE + 60)).delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT sitestats_destroy_salts(%s)", [last])
        return cursor.fetchone()[0]
