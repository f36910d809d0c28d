"""What docs/backups.md says of `pg_receivewal`: the machine is lost under load, and no acknowledged charge with it."""

import shutil
import subprocess
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from audit import chain
from backups.tests.make import charging, make_books
from ledger import checks
from ledger.models import Transaction
from poemvision.embedded import postgres
from tests.faults.engines import Postgres
from tests.faults.stack import django_at
from tests.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


class Archived(Postgres):
    """Its commits wait until a second machine has them, once there is one."""

    def tool(self, name, *words) -> subprocess.Popen:
        """One of PostgreSQL's programs, working in this home as the account that may."""
        how = {**self.as_whom, "env": {**self.as_whom["env"], "PGPASSWORD": self.password}}
        command = [postgres.binaries(self.home) / name, "-h127.0.0.1", f"-p{self.port}", f"-U{postgres.USER}", *words]
        with (self.home / f"{name}.log").open("wb") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **how)  # noqa: S603


def make_folder(engine, name):
    folder = engine.home / name
    folder.mkdir(mode=0o700)
    postgres.give(folder)
    return folder


def lose(engine) -> None:
    """kill -9, and the data directory is gone."""
    engine.kill()
    shutil.rmtree(engine.home / "data")


def restore_from(engine, base, log) -> None:
    """Step by step what the page says."""
    base.rename(engine.home / "data")
    for partial in log.glob("*.partial"):
        partial.rename(partial.with_suffix(""))
    with (engine.home / "data" / "postgresql.auto.conf").open("a") as conf:
        conf.write(
            f"synchronous_standby_names = ''\nrestore_command = 'cp {log}/%f %p'\nrecovery_target_action = promote\n"
        )
    (engine.home / "data" / "recovery.signal").touch()
    postgres.give(engine.home / "data" / "recovery.signal")
    engine.start()
    with engine.connect() as line:
        query = "SELECT NOT pg_is_in_recovery()"
        wait_until(lambda: line.execute(query).fetchone()[0], 60, "promoted")


def test_nothing_that_was_acknowledged_is_lost(committed_db):
    engine = Archived().create()
    receiver = None
    try:
        with engine.start().connect() as line:
            line.execute("SELECT pg_create_physical_replication_slot('archive')")
            with django_at(engine.url):
                call_command("migrate", verbosity=0, interactive=False)
                members = make_books()
                log, base = make_folder(engine, "archive"), engine.home / "base"
                receiver = engine.tool("pg_receivewal", "--slot=archive", "--synchronous", "-D", log)
                line.execute("ALTER SYSTEM SET synchronous_standby_names = 'pg_receivewal'")
                line.execute("SELECT pg_reload_conf()")
                query = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
                wait_until(lambda: line.execute(query).fetchone()[0], 30, "the second machine listens")
                copy = ["-D", make_folder(engine, "base"), "--wal-method=none", "--checkpoint=fast"]
                with charging(members, until_it_fails=True) as booked:
                    assert engine.tool("pg_basebackup", *copy).wait(60) == 0
                    after = booked()
                    wait_until(lambda: booked() > after + 50, 60, "charges after the base backup")
                    lose(engine)
                connection.close()
                receiver.terminate()
                receiver.wait(20)
                restore_from(engine, base, log)
                charges = Transaction.objects.filter(note="", kind="charge", service="lite_render").count()
                # One charge of each thread may have been written without its answer having been heard
                assert booked() <= charges <= booked() + 3
                call_command("sweep_ledger", stdout=StringIO())
                assert checks.run() == []
                assert chain.verify().ok
    finally:
        if receiver and receiver.poll() is None:
            receiver.kill()
            receiver.wait()
        engine.remove()
