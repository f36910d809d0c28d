"""kill -9 of the worker in the midst of an export or of a purge: nothing half is left, and the next run ends it."""

import csv
import io
import uuid
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from accounts import removal
from accounts.models import User
from audit.models import AuditEvent
from billing.tests.make import make_top_up
from exports.models import Export
from files import place, storing, sweeps
from files.models import StoredFile
from jobs.models import Job
from ledger import checks, posting
from ledger.models import Transaction
from ledger.queries import balances
from tests.faults.engines import wait_until
from tests.faults.stack import kill_group

pytestmark = [pytest.mark.xdist_group("stack-queue"), pytest.mark.timeout(240), pytest.mark.long]


@contextmanager
def killed_at(stack, lock: str, worker: dict, job: Job):
    """A worker takes the job, waits for what `lock` holds, and is killed there; inside, its session has ended."""
    Job.objects.filter(pk=job.pk).update(run_at=Now(), published_at=None)
    with stack.postgres.connect() as holder, holder.transaction():
        holder.execute(lock)
        died = stack.start_worker(LOCK_TIMEOUT="60s", **worker)
        wait_until(lambda: stack.postgres.waiting_for_locks() > 0, 60, "the worker in the midst of it")
        kill_group(died)
    wait_until(lambda: stack.postgres.waiting_for_locks() == 0, 30, "the dead worker's session has ended")
    yield
    Job.objects.filter(pk=job.pk).update(lease_until=Now(), published_at=None)  # as after 20 s
    stack.start_worker(**worker)
    wait_until(lambda: Job.objects.get(pk=job.pk).state == "done", 60, "done by another one")
    assert Job.objects.get(pk=job.pk).attempts == 2


@pytest.mark.parametrize(
    ("lock", "unused"),
    [
        ("LOCK TABLE ledger_wallet IN ACCESS EXCLUSIVE MODE", 0),  # while rows come
        ("LOCK TABLE exports_export IN SHARE MODE", 1),  # the file is whole, and its row is not yet told
    ],
    ids=["while it is written", "before it is told"],
)
def test_in_an_export(stack, new_member, settings, tmp_path, lock, unused):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    people = [new_member() for _ in range(3)]
    staff = User.objects.create_user(f"boss{people[0].pk}@poemvision.example", "x", role="super_admin")
    facts = {"columns": ["id", "name", "credits"], "format": "csv", "query": "role=member"}
    export = Export.ask(kind="users", by=staff, form_key=uuid.uuid4(), **facts)
    before = set(StoredFile.objects.values_list("pk", flat=True))
    with killed_at(stack, lock, {"MEDIA_ROOT": settings.MEDIA_ROOT}, export.job):
        export.refresh_from_db()
        assert (export.state, export.file, export.sha256, export.finished_at) == ("writing", None, "", None)
        assert not AuditEvent.objects.filter(verb="users.exported", target=f"export:{export.pk}").exists()
        left = StoredFile.objects.exclude(pk__in=before)
        assert left.count() == unused and len(list(place.waiting_room().glob("export-*"))) == 1
    export = Export.objects.get(pk=export.pk)
    with storing.local_copy(export.file) as path:
        lines = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    assert len(lines) == export.rows + 1 and {str(person.pk) for person in people} <= {line[0] for line in lines}
    assert AuditEvent.objects.filter(verb="users.exported", target=f"export:{export.pk}").count() == 1
    assert list(place.waiting_room().glob("export-*")) == []
    assert set(sweeps.unused(timezone.now()).exclude(pk__in=before)) == set(left.exclude(pk=export.file_id))
    assert left.count() == unused + 1


@pytest.mark.parametrize("table", ["accounts_savedview", "accounts_formeraddress"])
def test_in_a_purge(stack, new_member, table):
    member = new_member()
    paid = {"status": "paid", "session_id": f"cs_{member.pk}", "cash": 20}
    top_up = make_top_up(member, **paid, paid_at=timezone.now() - timedelta(days=200))
    posting.top_up(member, cash=Decimal(20), external_id=top_up.external_id)
    posting.grant(member, Decimal(3))
    member.former_addresses.create(email=f"former{member.pk}@example.org")
    removal.delete(member, by=member, reason="My own wish")
    User.objects.filter(pk=member.pk).update(purges_at=timezone.now())
    job = Job.objects.get(kind="accounts.purge", payload__user=member.pk)
    money = set(Transaction.objects.filter(member=member).values_list("pk", flat=True))
    with killed_at(stack, f"LOCK TABLE {table} IN SHARE MODE", {}, job):
        person = User.objects.get(pk=member.pk)
        assert (person.status, person.email) == ("Deleted", member.email)
        assert person.former_addresses.exists() and person.emailaddress_set.exists()
        assert (balances(member).paid, balances(member).granted) == (20, 3)
        assert set(Transaction.objects.filter(member=member).values_list("pk", flat=True)) == money
    person = User.objects.get(pk=member.pk)
    assert (person.status, person.name) == ("Purged", "") and person.email.endswith("@purged.invalid")
    assert not person.former_addresses.exists() and not person.emailaddress_set.exists()
    after = Transaction.objects.filter(member=member)
    assert money < set(after.values_list("pk", flat=True)) and after.count() == len(money) + 2, "each forfeited once"
    assert (balances(member).paid, balances(member).granted) == (0, 0)
    assert AuditEvent.objects.filter(verb="user.purged", target=f"user:{member.pk}").count() == 1
    assert checks.run() == []
