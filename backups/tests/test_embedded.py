"""A backup of the running `bin/run`, everything lost, and the backup restored while the new one runs."""

import psycopg
import pytest

from backups import manifest, shelf
from tests.system import System
from tests.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(300), pytest.mark.xdist_group("system")]


@pytest.fixture
def system(tmp_path):
    system = System.copied_to(tmp_path / "clone")
    try:
        yield system
    finally:
        system.stop()
        system.remove()


def ask(system, statement):
    with psycopg.connect(system.environment["DATABASE_URL"], autocommit=True) as line:
        cursor = line.execute(statement)
        return cursor.fetchone() if cursor.description else None


def test_it_works(system):
    folder = system.folder / "var" / "backups"
    owner = "SELECT name FROM accounts_user WHERE email = 'owner@poemvision.example'"
    system.start()
    ask(system, "UPDATE accounts_user SET name = 'Before' WHERE email = 'owner@poemvision.example'")
    said = system.manage("backup")
    assert f"Backed up to {folder}/poemvision-" in said, said
    system.stop()

    system.start("--fresh")
    assert ask(system, owner) != ("Before",), "another database, with demo data of its own"
    backup = shelf.newest(folder)
    assert "--replace poemvision" in system.manage("restore", str(backup))
    said = system.manage("restore", str(backup), "--replace", "poemvision")
    assert "The ledger adds up" in said and "poemvision is now what it was" in said, said
    assert ask(system, owner) == ("Before",)
    figures = manifest.read(backup).figures
    # Payments of the demo that were under way go on meanwhile
    query = f"SELECT count(*) FROM ledger_transaction WHERE id <= {figures['newest ledger transaction']}"
    assert ask(system, query) == (int(figures["ledger transactions"]),)
    wait_until(lambda: system._answers(), 20, "the web server goes on")
    assert "The audit log is whole" in system.manage("check_audit")
