"""Files and rows are compared both ways, and only what is surely left over goes."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from alerts.models import Alert
from audit.models import AuditEvent
from catalog.models import Asset
from files import place, sweeps
from files.models import StoredFile, Sweep
from files.tests.make import make_stored
from jobs.models import Job
from jobs.registry import run_now

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


def age(path, hours=48):
    then = time.time() - 3600 * hours
    os.utime(path, (then, then))


def make_used(data=b"used"):
    stored = make_stored(data)
    Asset.objects.create(kind="image", title="Used", file=stored, checksum=stored.sha256)
    return stored


def make_old(stored):
    StoredFile.objects.filter(pk=stored.pk).update(created_at=timezone.now() - timedelta(days=2))
    return stored


def sweep(*, repair=False, by=None) -> Sweep:
    job = run_now(sweeps.ask(repair=repair, by=by))
    assert job.state == "done", job.error
    return Sweep.objects.get(job=job.pk)


def figures(found):
    return found.orphans, found.unused, found.missing, found.damaged


def test_all_is_well(media):
    make_old(make_used())
    make_stored(b"somebody is about to use it")
    found = sweep()
    assert (found.files, found.bytes, *figures(found)) == (2, 31, 0, 0, 0, 0)
    assert not Alert.objects.exists()


def test_it_finds_both_kinds_of_orphans_and_removes_them_when_asked(media, owner):
    used, unused, young = make_old(make_used()), make_old(make_stored()), make_stored(b"young")
    parts = (".writing/part", ".writing/folder/part")
    for name in ("orphan.png", "ab/orphan.png", "ab.png", *parts, used.name.replace(".png", "x.png")):
        (media / name).parent.mkdir(exist_ok=True)
        (media / name).write_bytes(b"12345")
        age(media / name)
    age(media / ".writing/folder")
    (media / "fresh.png").write_bytes(b"just being written")
    found = sweep()
    assert figures(found) == (4, 1, 0, 0) and found.orphan_bytes == 20
    assert found.names == {"unused": [unused.name], "orphans": sorted(found.names["orphans"])}
    assert (media / unused.name).exists() and not (media / ".writing/part").exists()
    assert Alert.objects.get(fingerprint=sweeps.ALERT).detail == "5 that nothing refers to."

    found = sweep(repair=True, by=owner)
    assert figures(found) == (4, 1, 0, 0) and found.removable == 0
    kept = {path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file()}
    assert kept == {used.name, young.name, "fresh.png"}
    assert set(StoredFile.objects.all()) == {used, young}
    assert not Alert.objects.filter(acknowledged_at=None).exists()
    assert AuditEvent.objects.get(verb="storage.repair_asked").actor == owner


def test_uploads_that_end_while_it_looks_are_no_matter(media, monkeypatch):
    room, real = place.waiting_room(), Path.glob
    for name in ("old", "young"):
        (room / name).mkdir()
    age(room / "old")
    monkeypatch.setattr(Path, "glob", lambda self, pattern: [self / "gone", *real(self, pattern)])
    place.clear_at_start()
    assert [path.name for path in room.iterdir()] == ["young"]
    sweep()


def test_what_is_missing_or_damaged_is_said_and_what_came_back_is_well(media, client_of, owner):
    missing, damaged = make_used(b"one"), make_used(b"two")
    whole = (media / missing.name).read_bytes()
    (media / missing.name).unlink()
    (media / damaged.name).write_bytes(b"tw")
    found = sweep(repair=True)
    assert figures(found) == (0, 0, 1, 1)
    assert StoredFile.objects.filter(missing_since__isnull=False).count() == 2
    assert Alert.objects.get(fingerprint=sweeps.ALERT).severity == "bad"
    page = client_of(owner).get("/admin/files/panels/orphans/").content.decode()
    assert "Files are missing" in page and missing.name in page and "asset: Used" in page

    (media / missing.name).write_bytes(whole)
    (media / damaged.name).write_bytes(b"two")
    assert figures(sweep()) == (0, 0, 0, 0)
    assert not StoredFile.objects.filter(missing_since__isnull=False).exists()
    assert not Alert.objects.filter(acknowledged_at=None).exists()


def test_what_appears_while_it_looks_is_not_missing(media, monkeypatch):
    """Kept after the folder was read and before the rows were."""
    walked = list(place.walk())
    make_used()
    monkeypatch.setattr(place, "walk", lambda: iter(walked))
    assert figures(sweep()) == (0, 0, 0, 0)


def test_one_at_a_time(media, owner):
    assert sweeps.ask(repair=False, by=owner) and sweeps.ask(repair=True, by=owner) is None
    assert Job.objects.count() == AuditEvent.objects.filter(verb__startswith="storage.").count() == 1


def test_a_run_that_died_is_made_anew(media):
    make_used()
    job = sweeps.ask(repair=False)
    job.progress = lambda *said: None
    assert sweeps.run_job(job) == sweeps.run_job(job)
