"""Who waits for whose row: several in one line, and what another connection would get at once."""

from threading import Thread

from django.db import connection, transaction

from tests.waiting import wait_until

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def wait_for(waiting: int) -> None:
    """Until that many sessions of this database wait for a lock."""
    with connection.cursor() as cursor:

        def enough() -> bool:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            return cursor.fetchone()[0] >= waiting

        wait_until(enough, 10, "somebody waits")


def in_line(held, *acts) -> list[Exception]:
    """Do all of `acts` at once, after they came to wait one by one while the row `held` was; gives what they raised."""
    raised = []

    def run(act):
        try:
            act()
        except Exception as error:  # the test says which it expects
            raised.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(act,)) for act in acts]
    with transaction.atomic():
        type(held).objects.select_for_update(no_key=True).get(pk=held.pk)
        for waiting, thread in enumerate(threads, 1):
            thread.start()
            wait_for(waiting)
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return raised


def is_free(row, strength: str) -> bool:
    """Whether another connection would get this row's lock at once: of "KEY SHARE", as a foreign key's check takes."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            table, key = row._meta.db_table, row._meta.pk.column
            cursor.execute(f"SELECT 1 FROM {table} WHERE {key} = %s FOR {strength} SKIP LOCKED", [row.pk])
            return cursor.fetchone() is not None
    finally:
        other.close()
