"""`manage.py backup` and `manage.py restore` as they are typed."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from backups import shelf
from ledger.models import Transaction
from ledger.tests.make import make_member, make_top_up
from tunables import values

pytestmark = pytest.mark.timeout(240)


def call(*words, **options) -> str:
    out = StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


def test_it_works(books, folder, uploads):
    said = call("backup")
    assert f"Backed up to {folder}/poemvision-" in said and "uploaded files: 2" in said
    make_top_up(make_member(), 5)
    said = call("restore", shelf.newest(folder).name, "--replace", connection.settings_dict["NAME"])
    assert "is now what it was at" in said
    assert Transaction.objects.filter(kind="top_up").count() == 3
    assert "can be restored" in call("restore", "--drill")


def test_as_many_are_kept_as_staff_say(books, folder, owner):
    values.change("backups_kept", "2", by=owner)
    for _ in range(3):
        call("backup")
    assert len(shelf.backups(folder)) == 2
    call("backup", "--keep", "0")
    assert len(shelf.backups(folder)) == 3


def test_another_folder_is_never_cleared_unasked(books, folder, tmp_path, owner):
    values.change("backups_kept", "1", by=owner)
    for _ in range(2):
        call("backup", "--to", str(tmp_path / "else"))
    assert len(shelf.backups(tmp_path / "else")) == 2 and not folder.exists()
    call("backup", "--to", str(tmp_path / "else"), "--keep", "1")
    assert len(shelf.backups(tmp_path / "else")) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["restore"], "Name a backup"),
        (["restore", "/no/such/folder"], "/no/such/folder does not exist"),
        (["restore", "--drill"], "There is no backup in"),
        (["backup", "--keep", "-1"], "a number of backups"),
    ],
)
def test_a_refusal_is_one_sentence(books, folder, words, sentence):
    with pytest.raises(CommandError, match=sentence):
        call(*words)


def test_a_server_that_is_away_is_one_sentence(books, folder, monkeypatch):
    backup = call("backup") and shelf.newest(folder)
    connection.close()
    with monkeypatch.context() as patched:
        patched.setitem(connection.settings_dict, "PORT", "1")
        for words in (["backup", "--to", str(folder)], ["restore", str(backup)]):
            with pytest.raises(CommandError, match="onnection refused"):
                call(*words)
    assert shelf.backups(folder) == [backup]
