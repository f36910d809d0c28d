"""The database of a test that commits is put back as it was, or it is said that it cannot be."""

from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import DatabaseError, connection, transaction

from catalog.models import Style
from ledger.models import Entry
from ledger.tests.make import make_member, make_top_up
from tests import databases, pristine

CHANGES = [
    "CREATE TABLE one_more ()",
    "CREATE INDEX one_more ON accounts_user (name)",
    "ALTER TABLE accounts_user ALTER name DROP NOT NULL",
    "ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_kept",
    "ALTER TABLE ledger_entry ENABLE TRIGGER ledger_entry_kept",
    "ALTER FUNCTION ledger_immutable SECURITY DEFINER",
    "GRANT SELECT ON accounts_user TO PUBLIC",
    "ALTER SEQUENCE accounts_user_id_seq INCREMENT 2",
    "COMMENT ON TABLE accounts_user IS 'ours'",
    "DROP TABLE backups_run CASCADE",
]


@pytest.fixture
def put_back(committed_db):
    """As at the end of a test: whether the rows were put back."""

    def act() -> bool:
        connection.close()
        return databases.pristine.restore()

    return act


def held():
    return list(Permission.objects.order_by("pk").values_list()), list(Style.objects.order_by("pk").values_list())


def test_it_works(put_back):
    assert put_back(), "tests that were rolled back have used numbers"
    before = held()
    first = make_member()
    make_top_up(first, 20)
    Style.objects.update(position=99)
    Permission.objects.first().delete()
    assert put_back()
    assert held() == before
    assert not get_user_model().objects.exists()
    assert not Entry.objects.exists()
    assert make_member().pk == first.pk, "numbers begin again"


def test_the_ledger_refuses_as_before(put_back):
    make_top_up(make_member(), Decimal(20))
    assert put_back()
    make_top_up(make_member(), Decimal(20))
    for act in (Entry.objects.all().delete, lambda: Entry.objects.update(amount=1)):
        with pytest.raises(DatabaseError, match="is refused: the ledger is only ever added to"):
            act()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname ~ '^ledger_' AND tgenabled <> 'A'")
        assert cursor.fetchone() == (0,)


def test_a_change_that_rows_cannot_undo_is_told(put_back):
    assert put_back()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_user ADD one_more integer")
    assert not put_back()


@pytest.mark.parametrize("change", CHANGES)
def test_it_sees(db, change):
    before = pristine.schema(connection.connection)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
        assert pristine.schema(connection.connection) != before
