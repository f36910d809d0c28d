"""How many requests of one member may wait for Stripe at once: while it is silent, nobody holds the threads of all."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from accounts.models import User
from billing.stripe_api import Unreachable

LOCK = 0x57717  # among advisory locks; each place in the line has one of its own
DOUBLE_CLICK = 2  # the second press of a button is answered by the same page as the first


class AskedAlready(Unreachable):
    """As many requests of this member as may are waiting for Stripe's answer. Nothing was asked."""


@contextmanager
def turn(member: User, at_once: int = 1) -> Iterator[None]:
    """Stripe is asked within. Raises AskedAlready, at once; the places of a process that dies are free again."""
    with connection.cursor() as cursor:
        place = next((at for at in range(LOCK, LOCK + at_once) if _took(cursor, at, member)), None)
        if place is None:
            raise AskedAlready("Stripe is being asked already.")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [place, member.pk % 2**31])


def _took(cursor, place: int, member: User) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [place, member.pk % 2**31])
    return cursor.fetchone()[0]
