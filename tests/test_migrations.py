"""Migrations hold up nobody who writes meanwhile: indexes are built beside them, new columns have a default."""

import inspect
import re
import sys
from collections.abc import Iterator
from itertools import pairwise

from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, RemoveIndexConcurrently
from django.db import connection
from django.db.migrations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    CreateModel,
    DeleteModel,
    Migration,
    RemoveField,
    RenameField,
    RenameModel,
    RunPython,
    RunSQL,
)
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED, CharField, Field, IntegerField, TextField

from poemvision.indexes import PATIENCE, USUAL
from tests.each import each

LOADER = MigrationLoader(None)
MIGRATIONS = [found for found in LOADER.disk_migrations.values() if found.app_label in settings.ROOMS]
# Released before the rule was: they hold up who writes
BEFORE = {
    "accounting": "0005_close_zone",
    "accounts": "0002_roles_suspension_removal 0006_user_list 0009_last_seen 0010_purges_at 0011_folded_names",
    "billing": "0002_disputes_and_debts 0006_dispute_index 0007_fingerprint_of_payments 0009_disputes_of_invoices "
    "0010_refunds_of_invoices",
    "catalog": "0002_library_search",
    "exports": "0002_perms_when_written",
    "ledger": "0004_functions_and_indexes 0006_happened 0007_notable_happened",
    "memberships": "0003_books 0004_doubles 0006_portal 0007_when_money_went_back 0008_what_lines_sell "
    "0009_what_went_back_by_kind",
    "pricing": "0002_true_ups 0004_provider_invoices 0005_withdrawn_before_valid 0006_calls_unanswered",
    "reports": "0002_notes 0004_off 0005_zones",
    "sitestats": "0005_what_panels_ask 0007_slices_of_origin 0012_views_of_session",
    "studio": "0005_taking_down_and_purging 0007_own_music 0009_demo_cuts 0010_poem_hash",
}
# Of tables of a few rows, that staff fill by hand or that holds two days: who writes there waits for milliseconds
FEW_ROWS = {"accounts.0013_role_titles", "sitestats.0022_salts_unmeasured"}
MAKES = re.compile(r"CREATE TABLE (\w+)")
HOLDS = re.compile(
    r"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)[^;]*?\sON (?P<of>\w+)"
    r"|ALTER TABLE (?P<table>\w+)\s[^;]*?(?:\bTYPE\b|\bSET NOT NULL\b|\b(?:DROP|RENAME) COLUMN\b)|\bDROP TABLE \w+",
    re.IGNORECASE,
)


def test_migrations_hold_up_nobody():
    """Neither by reading a table that they have locked, nor by a column that a process of before leaves out."""
    holding = {str(migration) for migration in MIGRATIONS if any(_holding(migration))}
    assert holding == {f"{room}.{name}" for room, names in BEFORE.items() for name in names.split()} | FEW_ROWS


def _holding(migration: Migration) -> Iterator[str]:
    made = {operation.name_lower for operation in migration.operations if isinstance(operation, CreateModel)}
    for operation in migration.operations:
        if getattr(operation, "model_name_lower", None) in made:
            continue
        match operation:
            case AddIndexConcurrently() | AddConstraintNotValid():
                continue
            case AddIndex() | AddConstraint():
                yield operation.describe()
            case AlterField(model_name_lower=model, name=name, field=field):
                state = LOADER.project_state((migration.app_label, migration.name), at_end=False)
                if _is_read(state.models[migration.app_label, model].fields[name], field):
                    yield operation.describe()
            case AddField(field=field) if not field.many_to_many:
                optional = field.null or field.db_default is not NOT_PROVIDED
                if not optional or field.db_index or field.unique:
                    yield operation.describe()
            case RemoveField() | RenameField() | RenameModel() | DeleteModel():  # a process of before asks for it
                yield operation.describe()
            case RunSQL():
                yield from _of_old_tables(str(operation.sql), migration)


def _of_old_tables(sql: str, migration: Migration) -> Iterator[str]:
    """The statements that read or write a whole table, which is locked meanwhile."""
    made = {each.name_lower for each in migration.operations if isinstance(each, CreateModel)}
    new = {f"{migration.app_label}_{name}" for name in made} | set(MAKES.findall(sql))
    for found in HOLDS.finditer(sql):
        if (found["of"] or found["table"]) not in new:
            yield found[0]


def _is_read(before: Field, after: Field) -> bool:
    """Whether PostgreSQL reads or writes all rows for it: another type, no room for what is there, NULL no more."""
    if before.null and not after.null:
        return True
    if before.is_relation or after.is_relation:
        return type(before) is not type(after)
    types = [each.db_type(connection) for each in (before, after)]
    wider = isinstance(before, CharField) and (isinstance(after, TextField) or _length(before) <= _length(after))
    return types[0] != types[1] and not wider


def _length(field: Field) -> float:
    return getattr(field, "max_length", None) or float("inf")


def test_what_reads_a_whole_table_is_known():
    """A number of another size, a shorter text, NULL no more; not a longer text, nor words beside the column."""
    short, long = CharField(max_length=9), CharField(max_length=10)
    told = [(short, long), (long, short), (short, TextField()), (TextField(), short), (short, short)]
    assert [_is_read(*both) for both in told] == [False, True, False, True, False]
    assert _is_read(IntegerField(null=True), IntegerField()) and _is_read(IntegerField(), TextField())


def test_statements_that_hold_a_table_up_are_known():
    held = "CREATE INDEX a ON b (c); ALTER TABLE b ALTER COLUMN c TYPE bigint; CREATE UNIQUE INDEX d ON b (c)"
    fine = "CREATE INDEX CONCURRENTLY a ON b (c); ALTER TABLE b SET (fillfactor = 60); CREATE TABLE n (); "
    made = Migration("x", "ledger")
    assert len([*_of_old_tables(held, made)]) == 3
    assert [*_of_old_tables(f"{fine} CREATE INDEX e ON n (c)", made)] == []


def test_columns_are_added_all_or_none():
    """Where each step commits by itself, one that was stopped could not be begun again."""
    steps = (AddField, AlterField, CreateModel, RemoveField)
    parted = [
        str(found) for found in MIGRATIONS if not found.atomic and any(isinstance(s, steps) for s in found.operations)
    ]
    assert parted == []


@each([found for found in MIGRATIONS if "concurrently" in inspect.getsource(sys.modules[found.__module__]).lower()])
def test_an_index_is_built_with_patience_and_can_be_begun_again(migration):
    """`poemvision.indexes.concurrently`, and PATIENCE before what is built by other means."""
    assert not migration.atomic
    patient = False
    for before, step in pairwise([None, *migration.operations]):
        patient = step is PATIENCE or (patient and step is not USUAL)
        if isinstance(step, AddIndexConcurrently | RemoveIndexConcurrently | RunPython):
            assert patient, step.describe()
        if isinstance(step, AddIndexConcurrently):
            assert before.sql == f'DROP INDEX CONCURRENTLY IF EXISTS "{step.index.name}"'
    assert not patient, "what follows waits as usual"
