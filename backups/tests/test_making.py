"""What a backup is, while others write, and what is left of one that ends early."""

import os
import secrets
import signal
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from alerts.models import Alert
from backups import drill, making, manifest, proof, server, shelf
from backups.models import Run
from backups.server import Busy, Failed
from backups.tests.make import charging, make_backup
from ledger.models import Transaction
from sitestats.models import Salt, Visit
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(240)


def test_it_works(books, folder, uploads):
    before = Transaction.objects.count()
    said = []
    path = making.make(folder, say=said.append)
    made = manifest.verify(path)
    assert set(made.files) == {"database.dump", "media/cuts/a.mp4", "media/b.png"}
    assert made.figures["ledger transactions"] == str(before) and made.figures["sum of all entries"] == "0.000000"
    assert made.figures["cash at Stripe"] == "60.000000" and made.figures["rows of the audit log"] == "3"
    assert made.migrations["ledger"].startswith("0") and made.database == connection.settings_dict["NAME"]
    modes = {each.stat().st_mode & 0o777 for each in [path, *path.rglob("*")]}
    assert modes == {0o700, 0o600}
    assert any("cash at Stripe: 60" in line for line in said)
    run = Run.objects.get()
    assert (run.kind, run.name, run.size, run.problem) == ("backup", path.name, made.size, "")


def test_what_makes_the_numbers_of_visitors_is_in_no_dump(books, folder):
    salt = secrets.token_bytes(16)
    Salt.objects.create(day=timezone.now().date(), salt=salt)
    Visit.objects.create(visitor=1, session=7_654_321_012_345, origin=1, last_at=timezone.now())
    path = make_backup(folder)
    program = server.find("pg_restore", manifest.read(path).program)
    command = [program, "--file=-", path / manifest.DUMP]
    dump = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    assert "CREATE TABLE public.sitestats_salt" in dump and "COPY public.sitestats_batch" in dump
    assert salt.hex() not in dump and "7654321012345" not in dump


def test_under_load_dump_and_figures_are_of_one_instant(books, folder, uploads):
    with charging(books) as booked:
        wait_until(lambda: booked() > 20, 30, "charges")
        path = make_backup(folder)
        after = booked()
        wait_until(lambda: booked() > after, 30, "charges go on after the backup")
    figures = manifest.read(path).figures
    assert int(figures["ledger transactions"]) < Transaction.objects.count()
    said = []
    drill.run(folder, say=said.append)  # compares every figure, checks ledger and audit log
    assert any("12 figures are those of the manifest" in line for line in said)
    assert any("ledger adds up" in line for line in said) and any("audit log is whole" in line for line in said)
    assert Run.newest(Run.Kind.DRILL).name == path.name


def test_a_second_one_at_once_is_refused(books, folder):
    with server.connect() as line, line.transaction():
        line.execute("SELECT pg_advisory_xact_lock(%s)", [making.LOCK])
        with pytest.raises(Busy, match="under way"):
            make_backup(folder)
    assert not folder.exists() and not Run.objects.exists() and not Alert.objects.exists()
    make_backup(folder)


def test_killed_in_the_middle_it_leaves_nothing_that_looks_like_a_backup(books, folder):
    """kill -9 of the command while pg_dump waits for a table that somebody has locked."""
    where = {**os.environ, "DATABASE_URL": proof.url(connection.settings_dict["NAME"])}
    with server.connect() as observer, server.connect() as line, line.transaction():
        line.execute("LOCK TABLE ledger_hold")
        command = [sys.executable, "manage.py", "backup", "--to", str(folder)]
        backup = subprocess.Popen(command, cwd=settings.BASE_DIR, env=where, stdout=subprocess.DEVNULL)  # noqa: S603
        wait_until(lambda: _waits(observer), 60, "pg_dump")
        assert [path.name[:12] for path in folder.iterdir()] == [shelf.UNFINISHED]
        backup.send_signal(signal.SIGKILL)
        backup.wait()
        wait_until(lambda: not _waits(observer), 30, "pg_dump ends with it")
    assert shelf.backups(folder) == []
    with pytest.raises(Failed, match="no backup"):
        shelf.newest(folder)
    path = make_backup(folder)
    assert list(folder.iterdir()) == [path], "the next one clears what was left"


def _waits(observer) -> bool:
    query = (
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'pg_dump')"
    )
    return observer.execute(query).fetchone()[0]


def test_a_failure_is_an_alert_until_the_next_success(books, folder, monkeypatch):
    folder.parent.joinpath("backups").write_text("a file stands where the folder should be")
    with pytest.raises(Failed, match="The backup failed"):
        make_backup(folder)
    assert Alert.objects.get(acknowledged_at=None).fingerprint == "backup-failed"
    assert Run.newest(Run.Kind.BACKUP) is None and Run.objects.get().problem
    folder.unlink()
    make_backup(folder)
    assert not Alert.objects.filter(acknowledged_at=None).exists()


def test_a_dump_that_fails_leaves_nothing(books, folder, monkeypatch):
    monkeypatch.setattr(server, "find", lambda program, at_least: "/bin/false")
    with pytest.raises(Failed, match="pg_dump failed"):
        make_backup(folder)
    assert list(folder.iterdir()) == []


def test_no_fitting_program_is_told_in_a_sentence(monkeypatch):
    monkeypatch.setattr(server, "_candidates", lambda program: iter(["/bin/false", "/no/such/program"]))
    with pytest.raises(Failed, match="No pg_dump of PostgreSQL 18 or later was found: install"):
        server.find("pg_dump", 18)


def test_the_lowest_fitting_program_is_taken(monkeypatch):
    monkeypatch.setattr(server, "_candidates", lambda program: iter(["/18", "/15", "/16"]))
    monkeypatch.setattr(server, "version_of", lambda path: int(path[1:]))
    assert [server.find("pg_dump", version) for version in (15, 16, 17)] == ["/15", "/16", "/18"]


def test_no_password_on_a_command_line(books, folder, monkeypatch):
    calls = []

    def keep(command, env, **options):
        calls.append((command, env))
        return subprocess.CompletedProcess(command, 1, "", "refused")

    monkeypatch.setattr(server.subprocess, "run", keep)
    monkeypatch.setattr(server, "find", lambda program, at_least: f"/{program}")
    monkeypatch.setattr(server, "version_of", lambda path: 18)
    with pytest.raises(Failed, match="refused"):
        make_backup(folder)
    command, environment = calls[0]
    password = connection.settings_dict["PASSWORD"]
    assert password and not any(password in str(word) for word in command)
    assert environment["PGPASSWORD"] == password


def test_only_the_newest_are_kept(books, folder):
    for name in ("notes.txt", "poemvision-20200101T000000.000Z"):  # neither is a backup: there is no manifest
        folder.mkdir(exist_ok=True)
        (folder / name).mkdir()
    paths = [make_backup(folder) for _ in range(3)]
    last = make_backup(folder, keep=2)
    assert shelf.backups(folder) == [paths[2], last]
    assert (folder / "notes.txt").exists() and (folder / "poemvision-20200101T000000.000Z").exists()
    assert shelf.newest(folder) == last


def test_files_that_vanish_meanwhile_are_left_out(books, folder, uploads, monkeypatch):
    copy = making.media.files.copy

    def first_removed(source, target, mode=0o600):
        if source.name == "b.png":
            source.unlink()
        return copy(source, target, mode)

    monkeypatch.setattr(making.media.files, "copy", first_removed)
    assert set(manifest.verify(make_backup(folder)).media_files) == {"cuts/a.mp4"}


def test_object_storage_is_named(books, folder, settings):
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    assert manifest.read(make_backup(folder)).media == "not in this backup: InMemoryStorage keeps them"
