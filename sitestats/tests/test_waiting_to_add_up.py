"""Days are added up one after the other: whoever is second waits for the first, and does not fail as for a row.

The look of each minute does not wait: one that is not through yet does what there is to do.
"""

import threading

import psycopg
import pytest
from django.db import connection, transaction

from sitestats import facts, folding, rollups
from sitestats.tests.test_page_views import keep, view
from tests.waiting import wait_until

WAITS = """SELECT EXISTS (SELECT FROM pg_stat_activity
    WHERE wait_event = 'advisory' AND clock_timestamp() - query_start > interval '50 ms' AND pid = %s)"""


def _connected() -> psycopg.Connection:
    where = connection.settings_dict
    names = {"USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port", "NAME": "dbname"}
    return psycopg.connect(**{name: where[key] for key, name in names.items()})


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("rebuild", lambda cursor: cursor.execute(folding.LOCK)),
        ("facts", lambda cursor: facts.add_up_all()),
    ],
)
def test_the_second_waits_longer_than_for_a_row(db, name, second):
    with transaction.atomic(), connection.cursor() as cursor, _connected() as first:
        first.execute(f"SELECT pg_advisory_xact_lock(hashtext('sitestats.{name}'))")
        cursor.execute("SET LOCAL lock_timeout = '1ms'")
        pid = connection.connection.info.backend_pid

        def end_once_it_waits():
            with _connected() as watching:
                watching.autocommit = True
                wait_until(lambda: watching.execute(WAITS, [pid]).fetchone()[0], 10, "somebody waits")
            first.commit()

        thread = threading.Thread(target=end_once_it_waits)
        thread.start()
        second(cursor)
        thread.join()
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("1ms",)


def test_a_look_leaves_it_to_the_one_before(db):
    keep(view())
    with _connected() as other:
        assert other.execute(rollups.BEGIN_TURN).fetchone() == (True,)
        assert rollups.catch_up() == []
        other.execute(rollups.END_TURN)
        assert len(rollups.catch_up()) == 1
        assert other.execute(rollups.BEGIN_TURN).fetchone() == (True,), "it is over"
