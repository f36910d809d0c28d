"""A restore proves the backup first, replaces only what it was told to, and changes nothing when it fails."""

import dataclasses
from contextlib import contextmanager

import pytest
from django.db import connection
from psycopg import sql

from audit.models import AuditEvent
from backups import files, manifest, proof, restoring, scratch, server
from backups.server import Busy, Failed
from backups.tests.make import make_backup
from ledger import checks, posting
from ledger.models import Hold, Transaction
from tests.databases import CLONE

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def backup(books, folder, uploads):
    return make_backup(folder)


def restore(backup, **options) -> str:
    said = []
    restoring.restore(backup, say=said.append, **options)
    return "\n".join(said)


@contextmanager
def an_empty_place(name, *, created):
    """Django works on a database that is not there, or is empty."""
    here = connection.settings_dict["NAME"]
    connection.close()
    with server.connect(server.MAINTENANCE) as line:
        if created:
            line.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = here


def databases() -> set[str]:
    with server.connect(server.MAINTENANCE) as line:
        query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
        return {name for (name,) in line.execute(query, [CLONE])}


def change_manifest(backup, **fields):
    dataclasses.replace(manifest.read(backup), **fields).write(backup)


@pytest.mark.parametrize("created", [True, False], ids=["empty", "missing"])
def test_it_works(backup, uploads, created):
    figures = manifest.read(backup).figures
    there = f"{CLONE}_elsewhere_{created}"
    (uploads / "b.png").write_bytes(b"something else")
    (uploads / "cuts" / "a.mp4").unlink()
    (uploads / "newer.png").write_bytes(b"newer")
    with an_empty_place(there, created=created):
        said = restore(backup)
        assert str(Transaction.objects.exclude(kind="release").count()) == figures["ledger transactions"]
        assert checks.run() == []
        assert AuditEvent.objects.get(verb="backup.restored").target == f"backup:{backup.name}"
    for words in (
        "12 figures",
        "The ledger adds up",
        "The audit log is whole: 3 rows",
        figures["head of the audit log"],
    ):
        assert words in said
    assert (uploads / "b.png").read_bytes() == b"a picture"
    assert (uploads / "cuts" / "a.mp4").read_bytes() == b"a cut" * 1000
    assert {path.name for path in uploads.iterdir()} == {"b.png", "cuts", "newer.png"}


def test_open_holds_whose_time_is_over_are_released(backup):
    assert Hold.objects.filter(status="open").count() == 3
    with an_empty_place(f"{CLONE}_holds", created=False):
        restore(backup)
        assert not Hold.objects.filter(status="open").exists()


def test_what_the_database_refuses_it_refuses_again(backup):
    with an_empty_place(f"{CLONE}_guards", created=False):
        restore(backup)
        with server.connect() as line:
            for statement in (
                "UPDATE ledger_entry SET amount = 1",
                "DELETE FROM ledger_transaction",
                "TRUNCATE ledger_hold",
                "TRUNCATE audit_auditevent CASCADE",
                "UPDATE audit_auditevent SET verb = 'x'",
                "UPDATE ledger_wallet SET paid = -1",
            ):
                with pytest.raises(Exception, match=r"refused|append-only|not_negative"):
                    line.execute(statement)


def test_a_database_with_data_is_not_replaced_unless_named(backup, books):
    posting.grant(books[0], posting.Decimal(5), note="after the backup")
    before = databases()
    for replace in ("", "poemvision", connection.settings_dict["NAME"].upper()):
        with pytest.raises(Failed, match="holds data"):
            restore(backup, replace=replace)
    assert databases() == before
    assert Transaction.objects.filter(note="after the backup").exists()


def test_the_replaced_database_is_kept_aside(backup, books):
    name = connection.settings_dict["NAME"]
    posting.grant(books[0], posting.Decimal(5), note="after the backup")
    with server.connect():  # somebody is connected all the time
        said = restore(backup, replace=name)
    assert not Transaction.objects.filter(note="after the backup").exists()
    aside = said.partition("kept as ")[2].partition(".")[0]
    with server.connect(aside) as line:
        query = "SELECT count(*) FROM ledger_transaction WHERE note = 'after the backup'"
        assert line.execute(query).fetchone()[0] == 1
    assert not [each for each in databases() if each.endswith("_restoring")]


def test_a_dump_that_does_not_load_changes_nothing(backup, books, uploads):
    """Its checksum is right, but it is none of pg_dump's."""
    (backup / manifest.DUMP).write_bytes(b"PGDMP" + b"\0" * 500)
    listed = {**manifest.read(backup).files, manifest.DUMP: files.checksum(backup / manifest.DUMP)}
    change_manifest(backup, files=listed)
    _changes_nothing(backup, uploads, "pg_restore failed")


def test_figures_that_differ_change_nothing(backup, books, uploads):
    told = manifest.read(backup).figures
    change_manifest(backup, figures={**told, "cash at Stripe": "61.000000"})
    _changes_nothing(backup, uploads, "cash at Stripe: 60.000000, and 61.000000 in the manifest")


def test_a_cut_audit_log_is_found(backup, books, uploads):
    change_manifest(backup, figures={**manifest.read(backup).figures, "head of the audit log": "f" * 64})
    _changes_nothing(backup, uploads, r"check_audit: .* its tail was cut")


def test_books_that_do_not_add_up_change_nothing(books, folder, uploads):
    """Somebody with all rights has changed a wallet before the backup was made."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_wallet SET paid = paid + 1")
    _changes_nothing(make_backup(folder), uploads, r"check_ledger: .*(?s:wallets: The stored balances)")


def _changes_nothing(backup, uploads, sentence):
    name, before = connection.settings_dict["NAME"], databases()
    (uploads / "b.png").write_bytes(b"in use")
    with pytest.raises(Failed, match=sentence):
        restore(backup, replace=name)
    assert databases() == before
    assert Transaction.objects.exists() and not AuditEvent.objects.filter(verb="backup.restored").exists()
    assert (uploads / "b.png").read_bytes() == b"in use"
    assert {path.name for path in uploads.iterdir()} == {"b.png", "cuts"}


def test_a_later_postgresql_is_refused(backup):
    change_manifest(backup, server=99)
    with pytest.raises(Failed, match=r"comes from PostgreSQL 99 and this server is \d+: restore it on 99"):
        restore(backup, replace=connection.settings_dict["NAME"])


def test_newer_code_is_refused(backup):
    change_manifest(backup, migrations={"ledger": "0009_from_the_future"})
    with pytest.raises(Failed, match=r"newer code.*ledger\.0009_from_the_future"):
        restore(backup, replace=connection.settings_dict["NAME"])


def test_older_tables_are_migrated_forward(backup, books):
    """The dump is of a time before the last migration of a room."""
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE backups_run")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'backups'")
        cursor.execute("SELECT app, max(name) FROM django_migrations GROUP BY app")
        migrations = dict(cursor.fetchall())
    told = manifest.read(backup)
    server.run("pg_dump", told.server, "--format=custom", f"--file={backup / manifest.DUMP}")
    listed = {**told.files, manifest.DUMP: files.checksum(backup / manifest.DUMP)}
    change_manifest(backup, files=listed, migrations=migrations)
    restore(backup, replace=name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM backups_run")
        assert cursor.fetchone() == (0,)


def test_unknown_roles_are_named(backup):
    change_manifest(backup, roles=["nobody_here"])
    with pytest.raises(Failed, match="roles that do not exist on this server: nobody_here"):
        restore(backup, replace=connection.settings_dict["NAME"])


def test_rights_come_back_or_are_left_out(books, folder):
    role = f"{CLONE}_app"
    named = sql.Identifier(role)
    granted = "SELECT has_table_privilege(%s, 'ledger_entry', 'SELECT')"
    with server.connect() as line:
        line.execute(sql.SQL("CREATE ROLE {}").format(named))
        line.execute(sql.SQL("GRANT SELECT ON ledger_entry TO {}").format(named))
        backup = make_backup(folder)
        assert manifest.read(backup).roles == [role]
        for rights in (True, False):
            with an_empty_place(f"{CLONE}_rights_{rights}", created=False):
                restore(backup, rights=rights)
                with server.connect() as there:
                    assert there.execute(granted, [role]).fetchone()[0] is rights
                    there.execute(sql.SQL("DROP OWNED BY {}").format(named))
        line.execute(sql.SQL("DROP OWNED BY {}").format(named))
        line.execute(sql.SQL("DROP ROLE {}").format(named))


def test_who_may_connect_stays_as_it_was(backup):
    name, role = connection.settings_dict["NAME"], f"{CLONE}_app"
    with server.connect(server.MAINTENANCE) as line:
        for statement in (
            "CREATE ROLE {1}",
            "REVOKE ALL ON DATABASE {0} FROM PUBLIC",
            "GRANT CONNECT ON DATABASE {0} TO {1}",
        ):
            line.execute(sql.SQL(statement).format(sql.Identifier(name), sql.Identifier(role)))
        query = "SELECT (aclexplode(datacl)).* FROM pg_database WHERE datname = %s"
        before = set(line.execute(query, [name]))
        restore(backup, replace=name)
        assert set(line.execute(query, [name])) == before
        for (database,) in line.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [name]):
            revoke = sql.SQL("REVOKE ALL ON DATABASE {} FROM {}")
            line.execute(revoke.format(sql.Identifier(database), sql.Identifier(role)))
        line.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def test_two_restores_at_once(backup):
    with server.connect(server.MAINTENANCE) as line:
        scratch._lock(line)
        with pytest.raises(Busy, match="under way"):
            restore(backup, replace=connection.settings_dict["NAME"])


def test_what_a_killed_restore_left_is_no_hindrance(backup):
    name = f"{connection.settings_dict['NAME'][:40]}_restoring"
    with server.connect(server.MAINTENANCE) as line:
        line.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    (media_stage := restoring.media.folder() / restoring.media.STAGE).mkdir()
    (media_stage / "half").write_bytes(b"x")
    restore(backup, replace=connection.settings_dict["NAME"])
    assert name not in databases() and not media_stage.exists()


def test_the_address_for_the_checks_is_read_back_the_same(monkeypatch):
    from poemvision import env

    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "p@ss/w:rd %&?")
    monkeypatch.setitem(connection.settings_dict, "HOST", "/run/postgresql")
    monkeypatch.setitem(
        connection.settings_dict, "OPTIONS", {"sslmode": "disable", "connect_timeout": 3, "options": "x"}
    )
    monkeypatch.setenv("SOME_URL", proof.url("a name"))
    read = env.database("SOME_URL")
    assert read["NAME"] == "a name" and read["OPTIONS"] == {"sslmode": "disable"}
    for key in ("USER", "PASSWORD", "HOST", "PORT"):
        assert read[key] == str(connection.settings_dict[key])
