"""A database with books in it, and folders of this test for backups and uploaded files."""

import pytest

from backups.tests.make import make_books


@pytest.fixture
def folder(tmp_path, settings):
    settings.BACKUP_DIR = str(tmp_path / "backups")
    return tmp_path / "backups"


@pytest.fixture
def uploads(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    (tmp_path / "media" / "cuts").mkdir(parents=True)
    (tmp_path / "media" / "cuts" / "a.mp4").write_bytes(b"a cut" * 1000)
    (tmp_path / "media" / "b.png").write_bytes(b"a picture")
    return tmp_path / "media"


@pytest.fixture
def books(committed_db):
    return make_books()
