"""Where PostgreSQL's home of a clone is when root runs it, never shared; and which port a clone keeps."""

import os
import socket

import pytest

from poemvision.embedded import place
from poemvision.embedded.postgres import free_port


@pytest.fixture
def clone_at(tmp_path, monkeypatch):
    """Be root in the clone of this name."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(place, "ROOT_HOMES", tmp_path / "lib" / "poemvision")

    def become(name):
        monkeypatch.setattr(place, "ROOT", tmp_path / name)
        monkeypatch.setattr(place, "VAR", tmp_path / name / "var")
        place.VAR.mkdir(parents=True, exist_ok=True)
        return tmp_path / name

    return become


def test_it_works(clone_at):
    clone_at("one")
    home = place.postgres_home()
    assert home == (place.VAR / "postgres").resolve() == place.postgres_home()
    assert home.parent == place.ROOT_HOMES
    assert home.stat().st_mode & 0o777 == 0o711


def test_an_ordinary_user_needs_no_other_place(clone_at, monkeypatch):
    clone_at("one")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert place.postgres_home() == place.VAR / "postgres"
    assert not place.ROOT_HOMES.exists()


def test_a_clone_that_moved_keeps_its_data(clone_at):
    old = clone_at("one")
    home = place.postgres_home()
    old.rename(clone_at("two").parent / "three")
    clone_at("three")
    assert place.postgres_home() == home


def test_a_copied_clone_gets_data_of_its_own(clone_at):
    one = clone_at("one")
    home = place.postgres_home()
    two = clone_at("two")
    (two / "var" / "postgres").symlink_to((one / "var" / "postgres").readlink())
    assert place.postgres_home() != home
    clone_at("one")
    assert place.postgres_home() == home


def test_a_new_clone_at_the_same_place_does_not_take_over_old_data(clone_at, capsys):
    clone_at("one")
    home = place.postgres_home()
    (place.VAR / "postgres").unlink()
    assert place.postgres_home() != home
    assert str(home) in capsys.readouterr().out
    assert home.exists()


def test_fresh_removes_what_the_project_made_and_nothing_else(clone_at):
    clone_at("one")
    home = place.postgres_home()
    place.secret("redis")
    (place.VAR / "log").mkdir()
    (place.VAR / "mine.txt").write_text("not the project's")
    place.remove_everything()
    assert [path.name for path in place.VAR.iterdir()] == ["mine.txt"]
    assert not home.exists()


def test_fresh_in_a_copied_clone_spares_the_data_of_the_original(clone_at):
    one = clone_at("one")
    home = place.postgres_home()
    two = clone_at("two")
    (two / "var" / "postgres").symlink_to((one / "var" / "postgres").readlink())
    place.remove_everything()
    assert home.exists()


def test_a_secret_is_made_once_and_for_its_owner_only(clone_at):
    clone_at("one")
    first = place.secret("redis")
    assert place.secret("redis") == first
    assert place.secret("other", "whsec_").startswith("whsec_")
    assert (place.VAR / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_disk_about_to_be_full_is_named(clone_at, monkeypatch):
    clone_at("one")
    monkeypatch.setattr(place, "NEEDED_MB", 10**12)
    with pytest.raises(place.CannotStart, match="is full"):
        place.check_disk()


def test_a_port_is_kept_across_a_restart_and_given_up_to_others():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert free_port(port) != port
        with socket.create_connection(("127.0.0.1", port)) as client:
            server.accept()[0].close()  # the side that closes first remembers the connection for a minute
            assert client.recv(1) == b""
    assert free_port(port) == port
