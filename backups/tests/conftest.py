"""A database with books in it, and folders of this test for backups and uploaded files."""

import pytest

from backups.tests.make import make_books, make_uploads


@pytest.fixture
def folder(tmp_path, settings):
    settings.BACKUP_DIR = str(tmp_path / "backups")
    return tmp_path / "backups"


@pytest.fixture
def uploads(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return make_uploads(tmp_path / "media")


@pytest.fixture
def books(committed_db):
    return make_books()
