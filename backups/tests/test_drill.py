"""The drill leaves nothing behind but its result."""

import pytest
from django.db import connection

from alerts.models import Alert
from audit.models import AuditEvent
from backups import drill, manifest, server
from backups.models import Run
from backups.server import Failed
from backups.tests.make import make_backup
from tests.databases import CLONE

pytestmark = pytest.mark.timeout(240)


def databases() -> list[str]:
    with server.connect(server.MAINTENANCE) as line:
        query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
        return [name for (name,) in line.execute(query, [CLONE])]


def run(folder, backup=None):
    said = []
    drill.run(folder, backup, say=said.append)
    return "\n".join(said)


def test_it_works(books, folder, uploads):
    make_backup(folder)
    newest = make_backup(folder)
    before = databases()
    said = run(folder)
    assert f"{newest.name} can be restored: it took " in said and "ledger adds up" in said
    assert databases() == before
    assert Run.newest(Run.Kind.DRILL).size == manifest.read(newest).size
    assert not AuditEvent.objects.filter(verb__startswith="backup").exists()


def test_a_failure_is_an_alert_and_stands_in_the_audit_log(books, folder):
    good, bad = make_backup(folder), make_backup(folder)
    with (bad / manifest.DUMP).open("ab") as dump:
        dump.write(b"x")
    before = databases()
    with pytest.raises(Failed, match=rf"drill with {bad.name} failed: .*tampered"):
        run(folder)
    alert = Alert.objects.get(fingerprint="drill-failed")
    assert alert.is_open and alert.severity == "bad" and "tampered" in alert.detail
    assert AuditEvent.objects.get(verb="backup.drill_failed").target == f"backup:{bad.name}"
    assert databases() == before and Run.newest(Run.Kind.DRILL) is None
    run(folder, good)
    assert not Alert.objects.get(fingerprint="drill-failed").is_open


def test_no_backup_is_a_failure_too(books, folder):
    with pytest.raises(Failed, match="There is no backup in"):
        run(folder)
    assert Alert.objects.get().fingerprint == "drill-failed"


def test_a_role_that_may_create_no_database_is_told_so(books, folder, settings):
    make_backup(folder)
    role = f"{CLONE}_poor"
    with server.connect() as line:
        line.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'poor' IN ROLE pg_read_all_data, pg_write_all_data")
        line.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
    here = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update(USER=role, PASSWORD="poor")
    try:
        with pytest.raises(Failed, match=f"{role} may not create a database: use the role that owns"):
            run(folder)
    finally:
        connection.close()
        connection.settings_dict.update(here)
        with server.connect() as line:
            line.execute(f"DROP OWNED BY {role}")
            line.execute(f"DROP ROLE {role}")
