import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit import chain, queries
from audit.models import AuditEvent, record
from audit.tests.make import make_event, seal, tamper


@pytest.fixture
def five(owner):
    return [make_event(actor=owner, note=f'row {number} "ü\u2029é😀', after={"n": number}) for number in range(1, 6)]


def test_it_works(five, capsys):
    verdict = chain.verify()
    assert (verdict.through, verdict.problem) == (5, "")
    call_command("check_audit")
    assert "whole: 5 rows" in capsys.readouterr().out


def test_an_empty_log_is_whole(db):
    assert chain.verify().ok


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE audit_auditevent SET note = 'nothing happened' WHERE position = 3", 3),
        ("UPDATE audit_auditevent SET actor_id = NULL WHERE position = 2", 2),
        ("UPDATE audit_auditevent SET after = '{\"n\": 40}' WHERE position = 4", 4),
        ("UPDATE audit_auditevent SET at = at + interval '1 microsecond' WHERE position = 1", 1),
        ("DELETE FROM audit_auditevent WHERE position = 3", 3),
        ("DELETE FROM audit_auditevent WHERE position = 1", 1),
    ],
)
def test_the_first_bad_row_is_named(five, statement, row):
    tamper(statement)
    with pytest.raises(CommandError, match=f"row {row} "):
        call_command("check_audit")


def test_reordered_rows_are_found(five):
    tamper("UPDATE audit_auditevent SET position = -position WHERE position IN (2, 3)")
    tamper("UPDATE audit_auditevent SET position = 5 + position WHERE position < 0")
    with pytest.raises(CommandError, match="row 2 "):
        call_command("check_audit")


def test_a_row_hashed_anew_breaks_the_next(five):
    row = AuditEvent.objects.get(position=3)
    row.before_text, row.after_text, row.note = None, '{"n": 3}', "forged"
    tamper(
        "UPDATE audit_auditevent SET note = 'forged', hash = %s WHERE position = 3",
        [chain.digest(five[1].hash, row)],
    )
    with pytest.raises(CommandError, match="row 4 "):
        call_command("check_audit")


def test_a_cut_tail_shows_against_an_exported_head(five, capsys):
    call_command("audit_head")
    head = capsys.readouterr().out.strip()
    assert head == five[-1].hash
    make_event()
    call_command("check_audit", head=head)
    tamper("DELETE FROM audit_auditevent WHERE position > 4")
    call_command("check_audit")
    with pytest.raises(CommandError, match="tail was cut"):
        call_command("check_audit", head=head)


def test_parallel_transactions_make_one_chain(committed_db):
    def write(number):
        for each in range(10):
            record(None, "thing.changed", f"thing:{number}", after={"n": each})
        connection.close()

    threads = [threading.Thread(target=write, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verdict = chain.verify()
    assert (verdict.through, verdict.problem) == (40, "")
    assert queries.head() == (40, verdict.head)


def test_several_rows_of_one_transaction_are_chained_in_order(db):
    first, second = record(None, "a.b", "x:1"), record(None, "a.c", "x:1")
    seal()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.position, second.position) == (1, 2)
