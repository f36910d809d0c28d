"""Moments come from PostgreSQL as they went there."""

import datetime as dt

import pytest
from django.db import connection
from django.db.utils import DataError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.pq import Format

from ui.moments import Moment

pytestmark = pytest.mark.django_db
TIMESTAMPTZ = 1184  # its number in every PostgreSQL


def told(text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        return cursor.fetchone()[0]


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(st.datetimes(timezones=st.just(dt.UTC)))
def test_each_moment_comes_back(moment):
    assert told(moment) == moment


def test_of_each_precision_in_utc():
    for fraction, microseconds in (("", 0), (".5", 500_000), (".000001", 1), (".120", 120_000)):
        found = told(f"2026-03-29 02:30:00{fraction}+01:30")
        assert (found, found.tzinfo) == (dt.datetime(2026, 3, 29, 1, 0, 0, microseconds, dt.UTC), dt.UTC)
    assert told(None) is None


@pytest.mark.parametrize("text", ["infinity", "-infinity", "0044-03-15 12:00:00+00 BC", "12026-01-01 00:00:00+00"])
def test_what_python_has_no_moment_for_is_refused(text):
    with pytest.raises(DataError):
        told(text)


def test_every_connection_reads_so_and_django_leaves_it():
    other = connection.copy()
    try:
        for each in (connection, other):
            with each.cursor() as cursor:
                assert cursor.adapters.get_loader(TIMESTAMPTZ, Format.TEXT) is Moment
    finally:
        other.close()
