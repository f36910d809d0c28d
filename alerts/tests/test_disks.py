"""A disk that is nearly full is told before it is."""

from collections import namedtuple
from pathlib import Path

import pytest

from alerts import disks
from alerts.models import Alert
from alerts.tasks import watch_disks
from tunables import values

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def free(db, monkeypatch):
    """`free(9)`: every disk has 9 % left, of what is not kept back for root."""

    def set_free(percent):
        monkeypatch.setattr(
            disks.shutil, "disk_usage", lambda folder: Usage(110_000, (100 - percent) * 1000, percent * 1000)
        )

    return set_free


def alerts():
    return Alert.objects.filter(acknowledged_at=None, fingerprint__startswith="disk-low:")


def test_it_works(free):
    free(10)
    watch_disks()
    assert not alerts().exists()
    free(9)
    watch_disks()
    alert = alerts().first()
    assert (alert.title, alert.severity) == ("A disk is nearly full", "bad") and "9 % free" in alert.detail
    free(11)
    watch_disks()
    assert not alerts().exists()


def test_one_alert_for_each_disk_however_often_it_is_seen(free, monkeypatch):
    free(1)
    for _ in range(3):
        watch_disks()
    assert alerts().count() == len(list(disks.volumes()))
    assert alerts().first().count == 3


def test_staff_say_how_much_is_little(free, owner):
    free(9)
    values.change("disk_free_alert_percent", "5", by=owner)
    watch_disks()
    assert not alerts().exists()


def test_folders_on_one_disk_are_one(settings, tmp_path):
    settings.MEDIA_ROOT, settings.BACKUP_DIR = str(tmp_path), str(tmp_path / "not-there")
    assert Path(settings.BASE_DIR) in disks.folders() and tmp_path in disks.folders()
    assert len(list(disks.volumes())) == len({folder.stat().st_dev for folder in disks.folders()})
