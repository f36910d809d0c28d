"""How many requests of one member may wait for Stripe at once: while it is silent, nobody holds the threads of all."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from django.db import connection

from accounts.models import User

LOCK = 0x57717  # among advisory locks; each place in the line has one of its own
DOUBLE_CLICK = 2  # the second press of a button is answered by the same page as the first
WAITING = LOCK + DOUBLE_CLICK  # the place of the one press that may wait for its turn
PATIENCE, LOOKS_EVERY = 3, 0.05  # seconds for which it does, and between its looks for a free place


class AskedAlready(Exception):
    """As many requests of this member as may are waiting for Stripe's answer. Nothing was asked; the text says so."""


def opening(member: User) -> AbstractContextManager[None]:
    """A turn for a page of Stripe's that opens: two presses have one at once, a third waits, others may come again."""
    return turn(member, DOUBLE_CLICK, PATIENCE)


@contextmanager
def turn(member: User, at_once: int = 1, patience: float = 0) -> Iterator[None]:
    """Stripe is asked within. Raises AskedAlready where no place is free, and nobody may wait (any longer) for one.

    The places of a process that dies are free again.
    """
    with connection.cursor() as cursor:
        place = _free(cursor, member, at_once) or (patience and _waited(cursor, member, at_once, patience))
        if not place:
            raise AskedAlready("We are already asking Stripe, from another tab or an earlier click.")
        try:
            yield
        finally:
            _leave(cursor, place, member)


def _free(cursor, member: User, at_once: int) -> int | None:
    """A place that is ours now."""
    return next((place for place in range(LOCK, LOCK + at_once) if _took(cursor, place, member)), None)


def _waited(cursor, member: User, at_once: int, patience: float) -> int | None:
    """The place that is ours within so many seconds; none at once, where somebody waits already."""
    if not _took(cursor, WAITING, member):
        return None
    until = time.monotonic() + patience
    try:
        while (place := _free(cursor, member, at_once)) is None and time.monotonic() < until:
            time.sleep(LOOKS_EVERY)
        return place
    finally:
        _leave(cursor, WAITING, member)


def _took(cursor, place: int, member: User) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [place, _number(member)])
    return cursor.fetchone()[0]


def _leave(cursor, place: int, member: User) -> None:
    cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [place, _number(member)])


def _number(member: User) -> int:
    return member.pk % 2**31
