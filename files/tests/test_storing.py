"""Keeping and discarding: whole or not at all, whatever happens in between."""

import hashlib
import io
import os
import resource
import subprocess
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

from files import place, storing
from files.models import StoredFile
from files.tests.make import make_stored
from tunables import values


def files_in(media) -> list[str]:
    return sorted(path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file())


def test_it_works(media, tmp_path):
    stored = make_stored(b"abc" * 1000)
    (tmp_path / "there.txt").write_bytes(b"def")
    other = storing.keep(tmp_path / "there.txt", content_type="video/mp4", extension=".mp4")
    assert (stored.size, stored.sha256) == (3000, hashlib.sha256(b"abc" * 1000).hexdigest())
    assert files_in(media) == sorted([stored.name, other.name])
    assert stored.name.endswith(".png") and len(stored.name) > 32
    with storing.local_copy(stored) as path:
        assert path.read_bytes() == b"abc" * 1000 and path.suffix == ".png"
    with pytest.raises(ValueError, match="no extension"):
        storing.keep(tmp_path / "there.txt", content_type="image/png", extension="/../../x.png")


def test_without_a_row_no_file_stays(media, monkeypatch):
    def refuse(**facts):
        raise DatabaseError("gone")

    monkeypatch.setattr(StoredFile.objects, "create", refuse)
    with pytest.raises(DatabaseError):
        make_stored()
    assert files_in(media) == []


@pytest.mark.django_db(transaction=True)
def test_what_was_kept_goes_when_the_rest_fails(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    with pytest.raises(ZeroDivisionError), storing.keeping() as keep:
        keep(io.BytesIO(b"1"), content_type="image/png", extension=".png")
        raise ZeroDivisionError
    assert files_in(tmp_path) == [] and not StoredFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_discarded_file_goes_after_the_commit(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    stored = make_stored()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        storing.discard(stored)
        raise ZeroDivisionError
    assert files_in(tmp_path) == [stored.name] and StoredFile.objects.get() == stored
    with transaction.atomic():
        storing.discard(stored)
        assert files_in(tmp_path) == [stored.name]
    assert files_in(tmp_path) == [] and not StoredFile.objects.exists()
    with pytest.raises(FileNotFoundError), storing.local_copy(stored):
        raise AssertionError("unreachable")


class Endless(io.RawIOBase):
    """A source that breaks off in the middle, as a client's line does."""

    def __init__(self, chunks):
        self.chunks = chunks

    def seek(self, *place):
        return 0

    def read(self, size=-1):
        if not self.chunks:
            raise ConnectionResetError("gone")
        self.chunks -= 1
        return b"x" * place.CHUNK


def test_half_a_file_is_no_file(media):
    with pytest.raises(ConnectionResetError):
        storing.keep(Endless(2), content_type="image/png", extension=".png")
    assert files_in(media) == [] and not StoredFile.objects.exists()


def test_a_full_disk_leaves_nothing_behind(media):
    """A real one, where it may be mounted; otherwise the largest size of a file stands in for it."""
    values.change("disk_floor_mb", "0", by=None)
    media.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(media)]
    mounted = subprocess.run(mount, capture_output=True).returncode == 0  # noqa: S603
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    if not mounted:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * place.CHUNK, old[1]))
    try:
        with pytest.raises(storing.NoSpace, match="The disk is full"):
            make_stored(os.urandom(3 * place.CHUNK))
        assert files_in(media) == [] and not StoredFile.objects.exists()
        assert make_stored(os.urandom(place.CHUNK)).size == place.CHUNK
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        if mounted:
            subprocess.run(["umount", str(media)], check=True)  # noqa: S603, S607


def test_it_stops_before_the_disk_is_full(media, monkeypatch):
    free = type("usage", (), {"free": 512 * place.MEGABYTE})
    monkeypatch.setattr(place.shutil, "disk_usage", lambda folder: free)
    place.check_room()
    values.change("disk_floor_mb", "513", by=None)
    with pytest.raises(storing.NoSpace, match="no room for more files"):
        make_stored()
    assert files_in(Path(media)) == []
