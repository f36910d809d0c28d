"""A clock for PostgreSQL that tests can move: functions of the same names, found before the built-in ones."""

from contextlib import contextmanager

from django.db import connection

from ledger import install

_CLOCK = """
CREATE SCHEMA IF NOT EXISTS test_clock;
CREATE OR REPLACE FUNCTION test_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
  $$ SELECT pg_catalog.clock_timestamp() + current_setting('test.shift')::interval $$;
CREATE OR REPLACE FUNCTION test_clock.statement_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
  $$ SELECT pg_catalog.clock_timestamp() + current_setting('test.shift')::interval $$;
SET search_path = test_clock, pg_catalog, public;
DO $$
DECLARE
  pinned regprocedure;
BEGIN
  FOR pinned IN SELECT oid FROM pg_proc WHERE prosecdef AND starts_with(proname, 'ledger_') LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = test_clock, pg_catalog, public', pinned);
  END LOOP;
END $$;
"""
_PINNED_AGAIN = "RESET search_path;" + (install.FOLDER / "rights.sql").read_text()


@contextmanager
def moving_clock():
    """Inside it `shift(hours)` sets how far this connection's clock is ahead, and `now()` reads it."""
    with connection.cursor() as cursor:
        cursor.execute("SET test.shift = '0 h'")
        cursor.execute(_CLOCK)
    yield
    with connection.cursor() as cursor:  # (a failure rolls the test's transaction back, and this setting with it)
        cursor.execute(_PINNED_AGAIN)


def shift(hours) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('test.shift', %s, false)", [f"{hours} h"])


def now():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
