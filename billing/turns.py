"""How many requests of one member may wait for Stripe at once: while it is silent, nobody holds the threads of all."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from accounts.models import User

LOCK = 0x57717  # among advisory locks; each place in the line has one of its own
DOUBLE_CLICK = 2  # the second press of a button is answered by the same page as the first
WAITING = LOCK + DOUBLE_CLICK  # the place of the one press that may wait for its turn
PATIENCE = 3  # seconds for which it does


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
        place = next((place for place in range(LOCK, LOCK + at_once) if _took(cursor, place, member)), None)
        if place is None and not (patience and _waited(cursor, member, patience)):
            raise AskedAlready("Stripe is being asked already, by another tab or press of yours.")
        try:
            yield
        finally:
            _leave(cursor, place or LOCK, member)


def _waited(cursor, member: User, patience: float) -> bool:
    """Whether the first place is ours within so many seconds; at once no, where somebody waits for it already."""
    if not _took(cursor, WAITING, member):
        return False
    try:
        with transaction.atomic():
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{patience}s"])
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK, _number(member)])
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        return False
    finally:
        _leave(cursor, WAITING, member)
    return True


def _took(cursor, place: int, member: User) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [place, _number(member)])
    return cursor.fetchone()[0]


def _leave(cursor, place: int, member: User) -> None:
    cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [place, _number(member)])


def _number(member: User) -> int:
    return member.pk % 2**31
