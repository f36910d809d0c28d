"""A backup that is not what it was is refused before anything is done with it."""

import json
import shutil

import pytest
from django.test import override_settings

from backups import manifest
from backups.server import Failed
from backups.tests.make import make_backup, make_uploads
from tests.cast import forgotten

pytestmark = pytest.mark.xdist_group("manifest")


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker, tmp_path_factory):
    """One backup, of which each test spoils a copy."""
    media = make_uploads(tmp_path_factory.mktemp("uploads") / "media")
    with django_db_blocker.unblock(), forgotten(), override_settings(MEDIA_ROOT=str(media)):
        return make_backup(tmp_path_factory.mktemp("backups"))


@pytest.fixture
def backup(made, tmp_path):
    return shutil.copytree(made, tmp_path / "backups" / made.name)


def test_it_works(backup):
    assert manifest.verify(backup) == manifest.read(backup)


@pytest.mark.parametrize("name", ["database.dump", "media/b.png"])
def test_one_changed_byte_is_found(backup, name):
    content = bytearray((backup / name).read_bytes())
    content[len(content) // 2] ^= 1
    (backup / name).write_bytes(content)
    with pytest.raises(Failed, match=f"tampered with: {name}"):
        manifest.verify(backup)


def test_a_cut_dump_is_found(backup):
    with (backup / "database.dump").open("r+b") as dump:
        dump.truncate(1000)
    with pytest.raises(Failed, match=r"tampered with: database.dump"):
        manifest.verify(backup)


def test_a_missing_file_is_found(backup):
    (backup / "media" / "b.png").unlink()
    with pytest.raises(Failed, match=r"incomplete: media/b.png"):
        manifest.verify(backup)


def test_an_added_file_is_found(backup):
    (backup / "media" / "c.png").write_bytes(b"c")
    with pytest.raises(Failed, match=r"media/c.png does not stand in its manifest"):
        manifest.verify(backup)


def test_a_link_is_no_file_of_a_backup(backup, tmp_path):
    file = backup / "media" / "b.png"
    file.rename(tmp_path / "b.png")
    file.symlink_to(tmp_path / "b.png")
    with pytest.raises(Failed, match=r"media/b\.png"):
        manifest.verify(backup)


def test_a_name_that_leads_out_is_refused(backup, tmp_path):
    (tmp_path / "backups" / "passwd").write_text("x")
    said = json.loads((backup / "manifest.json").read_text())
    said["files"]["media/../../passwd"] = {"size": 1, "sha256": "0" * 64}
    (backup / "manifest.json").write_text(json.dumps(said))
    with pytest.raises(Failed, match="incomplete"):
        manifest.verify(backup)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 1}', '{"format": 1, "more": 2}'])
def test_a_damaged_manifest_is_told(backup, text):
    (backup / "manifest.json").write_text(text)
    with pytest.raises(Failed, match=r"no backup, or its manifest.json is damaged"):
        manifest.verify(backup)


def test_an_unknown_format_is_told(backup):
    (backup / "manifest.json").write_text('{"format": 2}')
    with pytest.raises(Failed, match="has the format 2"):
        manifest.verify(backup)


def test_any_other_folder_is_no_backup(tmp_path):
    with pytest.raises(Failed, match="no backup"):
        manifest.verify(tmp_path)
