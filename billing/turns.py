"""How many requests of one member may wait for Stripe at once: while it is silent, nobody holds the threads of all."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from django.db import connection

from accounts.models import User
from billing.stripe_api import Unreachable

LOCK = 0x57717  # among advisory locks; each place in the line has one of its own
DOUBLE_CLICK = 2  # the second press of a button is answered by the same page as the first
PATIENCE = 3  # seconds for the presses after it: while Stripe answers they take turns


class AskedAlready(Unreachable):
    """As many requests of this member as may are waiting for Stripe's answer. Nothing was asked."""


def opening(member: User) -> AbstractContextManager[None]:
    """A turn for a page of Stripe's that opens: however often its button is pressed, each press gets it."""
    return turn(member, DOUBLE_CLICK, PATIENCE)


@contextmanager
def turn(member: User, at_once: int = 1, patience: float = 0) -> Iterator[None]:
    """Stripe is asked within. Raises AskedAlready after so many seconds without a free place.

    The places of a process that dies are free again.
    """
    deadline = time.monotonic() + patience
    with connection.cursor() as cursor:
        while (place := _free(cursor, member, at_once)) is None:
            if time.monotonic() >= deadline:
                raise AskedAlready("Stripe is being asked already.")
            time.sleep(0.05)
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [place, member.pk % 2**31])


def _free(cursor, member: User, at_once: int) -> int | None:
    """A place of the line that is ours now."""
    return next((place for place in range(LOCK, LOCK + at_once) if _took(cursor, place, member)), None)


def _took(cursor, place: int, member: User) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [place, member.pk % 2**31])
    return cursor.fetchone()[0]
