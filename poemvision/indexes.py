"""Indexes on tables in use: built beside those who write, in a migration of their own with `atomic = False`."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db.migrations import RunSQL
from django.db.migrations.operations.base import Operation
from django.db.models import Index

# A build waits for whatever runs when it begins, and reads the whole table
PATIENCE = RunSQL("SET lock_timeout = 0; SET statement_timeout = 0", RunSQL.noop)
USUAL = RunSQL("RESET lock_timeout; RESET statement_timeout", RunSQL.noop)


def concurrently(add: dict[str, list[Index]], remove: dict[str, list[str]] | None = None) -> list[Operation]:
    """Operations that add indexes and remove others by name; both by model. What a build that failed left goes first.

    https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
    """
    added = [(model, index) for model, indexes in add.items() for index in indexes]
    removed = [(model, name) for model, names in (remove or {}).items() for name in names]
    return [
        PATIENCE,
        *(operation for model, index in added for operation in _built(model, index)),
        *(RemoveIndexConcurrently(model, name) for model, name in removed),
        USUAL,
    ]


def _built(model: str, index: Index) -> list[Operation]:
    left = RunSQL(f'DROP INDEX CONCURRENTLY IF EXISTS "{index.name}"', RunSQL.noop)
    return [left, AddIndexConcurrently(model, index)]
