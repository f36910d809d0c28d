"""allauth counts tries one at a time for each limit; here PostgreSQL says whose turn it is.

allauth's own lock is a row of the cache, asked for again and again for a second. On a busy machine, or after its holder
died, that is too little, and it takes "not my turn" for "too many". This one is first come, first served, and goes with
its holder.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from allauth.core.internal import ratelimit
from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable


@contextmanager
def one_at_a_time(key: str) -> Iterator[bool]:
    """In place of allauth's `cache_lock`: False where more wait for `key` than get their turn within lock_timeout."""
    with transaction.atomic():
        yield _is_ours(key)


def _is_ours(key: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return False
        raise
    return True


def install() -> None:
    """Let allauth count by it."""
    ratelimit.cache_lock = one_at_a_time
