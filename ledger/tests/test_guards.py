"""What the database refuses, whoever asks: plain SQL by its superuser."""

import pytest
from django.db import DatabaseError, connection, transaction

from ledger import posting
from ledger.models import Entry, Transaction
from ledger.tests.make import D, make_top_up

pytestmark = pytest.mark.django_db

TRANSACTION = """INSERT INTO ledger_transaction (kind, amount, note, service, happened_at, posted_at, notable)
    VALUES ('transfer', 1, '', '', now(), now(), true) RETURNING id"""
ENTRY = (
    """INSERT INTO ledger_entry (transaction_id, line, account_id, amount, posted_at) VALUES (%s, %s, %s, %s, now())"""
)


COLUMN = {"transaction": "amount", "entry": "amount", "account": "sign"}


@pytest.fixture(autouse=True)
def booked(member):
    make_top_up(member, 10)
    posting.charge(member, D(1), service="poem")
    with connection.cursor() as cursor:  # as a commit would
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def refused(statement, match, *parameters):
    with pytest.raises(DatabaseError, match=match), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("table", ["transaction", "entry", "account"])
def test_nothing_is_changed_or_deleted(table):
    refused(f"UPDATE ledger_{table} SET {COLUMN[table]} = 1", "UPDATE on .* is refused")
    refused(f"UPDATE ledger_{table} SET {COLUMN[table]} = 1 WHERE false", "UPDATE on .* is refused")
    refused(f"DELETE FROM ledger_{table}", "DELETE on .* is refused")
    refused(f"TRUNCATE ledger_{table} CASCADE", "TRUNCATE on .* is refused")
    refused(f"SET LOCAL session_replication_role = replica; DELETE FROM ledger_{table}", "DELETE on .* is refused")


@pytest.mark.parametrize("table", ["lot", "wallet", "hold"])
def test_nothing_else_is_deleted(table):
    refused(f"DELETE FROM ledger_{table}", "DELETE on .* is refused")
    refused(f"TRUNCATE ledger_{table} CASCADE", "TRUNCATE on .* is refused")


@pytest.mark.parametrize("change", ["amount = amount + 1", "expires_at = now()", "kind = 'granted'", "member_id = 0"])
def test_of_a_lot_only_the_rest_changes(change):
    refused(f"UPDATE ledger_lot SET {change}", "UPDATE on ledger_lot is refused")


def insert(*lines):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TRANSACTION)
        number = cursor.fetchone()[0]
        for line, (account, amount) in enumerate(lines, 1):
            cursor.execute(ENTRY, [number, line, account, amount])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_an_unbalanced_transaction_is_refused():
    first, second = Entry.objects.values_list("account_id", flat=True).distinct()[:2]
    before = Transaction.objects.count()
    for lines in [
        [],
        [(first, 1)],
        [(first, 1), (second, "-0.999999")],
        [(first, 1), (second, 1)],
        [(first, 1), (second, 0), (second, -1)],
    ]:
        with pytest.raises(DatabaseError, match=r"is refused|not_zero"):
            insert(*lines)
    assert Transaction.objects.count() == before
    insert((first, 1), (second, -1))
    assert Transaction.objects.count() == before + 1


def test_a_line_without_its_transaction_is_refused():
    refused(ENTRY, "ledger_line_from_one", 10**12, 0, Entry.objects.first().account_id, 1)
    refused(ENTRY, "foreign key", 10**12, 1, Entry.objects.first().account_id, 1)


@pytest.mark.parametrize("line", [-1, 0, 1, 2, 3, 4, 32767])
def test_an_old_transaction_takes_no_unbalanced_line(line):
    refused(
        ENTRY,
        r"is refused|duplicate|from_one",
        Transaction.objects.last().pk,
        line,
        Entry.objects.first().account_id,
        1,
    )


def test_balances_are_never_negative(member):
    for role in ("paid", "granted", "held", "debt"):
        refused(f"UPDATE ledger_wallet SET {role} = -0.000001", "ledger_balance_not_negative")
    refused("UPDATE ledger_lot SET remaining = -0.000001", "ledger_balance_not_negative")
    refused("UPDATE ledger_lot SET remaining = amount + 1", "ledger_lot_remaining")
