"""kill -9 of the worker in the middle of a render: it is taken up again, charged once, and leaves nothing behind."""

import os
import uuid
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db.models.functions import Now

from jobs.models import Job
from ledger import checks, posting
from ledger.models import Transaction
from ledger.queries import balances
from studio import cuts, easel
from studio.models import Cut
from studio.orders import Order
from studio.tests.make import frame, make_picture, style
from tests.faults.stack import kill_group
from tests.waiting import wait_until

pytestmark = [pytest.mark.xdist_group("stack-queue"), pytest.mark.timeout(240)]


@pytest.fixture
def ordered(stack, new_member, settings, tmp_path):
    """A member's cut that waits, and the environment of workers that can make it."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    (tmp_path / "tmp").mkdir()
    member = new_member()
    posting.grant(member, Decimal(1), note="Hello")
    fields = {"title": "Rain", "text": "Rain.", "language": "en", "mood": "calm", "genre": "piano"}
    order = Order(uuid.uuid4(), fields | {"frame": frame(), "style": style()}, (make_picture(public=False),))
    cut = cuts.make(order, SimpleNamespace(user=member, session={}))
    return cut, {"MEDIA_ROOT": settings.MEDIA_ROOT, "TMPDIR": str(tmp_path / "tmp")}


def test_it_works(stack, ordered, tmp_path):
    cut, environment = ordered
    worker = stack.start_worker(**environment)
    wait_until(lambda: Job.objects.get(pk=cut.job_id).progress_done > 3, 60, "the midst of the render")
    painters = _painters(tmp_path)
    kill_group(worker)
    assert painters
    wait_until(lambda: not _painters(tmp_path), 10, "the painter's end with its worker")
    assert len(list((tmp_path / "tmp").glob(f"{easel.PREFIX}*"))) == 1
    Job.objects.filter(pk=cut.job_id).update(lease_until=Now(), published_at=None)  # as after 20 s
    stack.start_worker(**environment)
    wait_until(lambda: Cut.objects.get(pk=cut.pk).state == "done", 120, "done")
    wait_until(lambda: Job.objects.get(pk=cut.job_id).state == "done", 10, "the job done")
    assert Job.objects.get(pk=cut.job_id).attempts == 2
    assert Transaction.objects.filter(external_id=f"cut:{cut.pk}:charge").count() == 1
    assert (balances(cut.owner).held, balances(cut.owner).available) == (0, Decimal("0.90"))
    assert list((tmp_path / "tmp").glob(f"{easel.PREFIX}*")) == []
    assert checks.run() == []


def _painters(tmp_path) -> list[str]:
    """The processes that work in this test's folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            where = os.readlink(f"/proc/{pid}/cwd")
        except OSError:
            continue
        if where.startswith(str(tmp_path / "tmp")):
            found.append(pid)
    return found
