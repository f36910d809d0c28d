"""The same with Debian's PostgreSQL, and between two versions of it."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import call_command

from backups import drill, manifest, restoring, server
from backups.server import Failed
from backups.tests.make import charging, make_backup, make_books
from backups.tests.test_restoring import an_empty_place
from ledger import checks
from ledger.models import Transaction
from poemvision.embedded import postgres
from tests.databases import CLONE
from tests.faults.engines import OPTIONS, Postgres
from tests.faults.stack import django_at
from tests.waiting import wait_until

INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not INSTALLED, reason="Debian's PostgreSQL is not installed (apt install postgresql)"),
]


@dataclass
class Debian(Postgres):
    """A cluster of its own, run by the programs of the package."""

    def create(self):
        secret, data = self.home / "secret", self.home / "data"
        data.mkdir(mode=0o700)
        secret.write_text(self.password)
        for path in (secret, data):
            postgres.give(path)
        options = ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(  # noqa: S603
            [INSTALLED[0], "-D", data, "-U", postgres.USER, *options], check=True, capture_output=True, **self.as_whom
        )
        return self

    def command(self):
        flags = {**postgres.OPTIONS, **OPTIONS, "port": str(self.port)}
        words = [word for name, value in flags.items() for word in ("-c", f"{name}={value}")]
        return [str(INSTALLED[0].with_name("postgres")), "-D", str(self.home / "data"), *words]


@pytest.fixture(scope="module")
def migrated(django_db_setup, django_db_blocker):
    """The cluster, with a migrated database to copy."""
    engine = Debian()
    try:
        with engine.create().start().connect() as line:
            line.execute("CREATE DATABASE migrated")
        with django_db_blocker.unblock(), django_at(postgres.url(engine.port, engine.password, "migrated")):
            call_command("migrate", verbosity=0, interactive=False)
        yield engine
    finally:
        engine.remove()


@pytest.fixture
def debian(committed_db, migrated):
    """The address of a copy, which is replaced for every test."""
    with migrated.connect() as line:
        line.execute("DROP DATABASE IF EXISTS poemvision WITH (FORCE)")
        line.execute("CREATE DATABASE poemvision TEMPLATE migrated")
    return postgres.url(migrated.port, migrated.password, "poemvision")


def make_busy_backup(folder):
    """A backup while members are charged."""
    with charging(make_books()) as booked:
        wait_until(lambda: booked() > 20, 30, "charges")
        return make_backup(folder)


def test_it_works(debian, folder, uploads):
    said = []
    with django_at(debian):
        backup = make_busy_backup(folder)
        drill.run(folder, say=said.append)
        restoring.restore(backup, replace="poemvision", say=said.append)
        made = manifest.read(backup)
        assert Transaction.objects.exclude(kind="release").count() == int(made.figures["ledger transactions"])
        assert checks.run() == []
    assert made.server == server.version_of(str(INSTALLED[0])) <= made.program
    assert "\n".join(said).count("The ledger adds up") == 2


def test_a_later_version_takes_it_over(debian, folder):
    with django_at(debian):
        backup = make_busy_backup(folder)
    with an_empty_place(f"{CLONE}_later", created=False):
        restoring.restore(backup, say=lambda words: None)
        assert checks.run() == []


def test_an_earlier_version_refuses_it(debian, folder, books):
    with server.connect() as line:
        ours = server.major(line)
    if ours == server.version_of(str(INSTALLED[0])):
        pytest.skip("Both are of one version here")
    backup = make_backup(folder)
    with django_at(debian), pytest.raises(Failed, match=f"comes from PostgreSQL {ours} and this server is"):
        restoring.restore(backup, replace="poemvision")
