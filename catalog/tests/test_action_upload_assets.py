"""Uploads as they come in: who may, what, how large; several at once; as a page and one a request."""

import errno
import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from catalog.models import Asset
from files import inspect, place, uploads
from files.tests import make
from tunables import values

URL = "/admin/library/upload/"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def media(settings, tmp_path, db):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


def upload(client, *files, url=URL, **more):
    named = [SimpleUploadedFile(name, data) for name, data in files]
    headers = HTMX if more.pop("htmx", False) else {}
    return client.post(url, {"files": named, **more}, headers=headers)


def left_in(media) -> list[str]:
    return [path.name for path in media.rglob("*") if path.is_file()]


def test_it_works(client_of, marketer):
    client = client_of(marketer)
    about = {"mood": "epic", "tags": "Sea,  blue SKY,sea", "curated": "on", "source": "Mira"}
    answer = upload(client, ("a.png", make.png((600, 600))), ("b.wav", make.wav()), **about)
    assert (answer.status_code, answer.url) == (302, "/admin/library/")
    page = client.get("/admin/library/").content.decode()
    assert "2 files added." in page
    for asset in Asset.objects.all():
        assert (asset.mood, asset.tags, asset.curated, asset.source) == ("epic", ["sea", "blue sky"], True, "Mira")
        assert asset.owner is None and asset.code in page


def test_each_file_is_judged_for_itself_and_what_was_typed_is_kept(client_of, marketer):
    client = client_of(marketer)
    upload(client, ("a.png", make.png()))
    bad = ("evil.svg", b"<svg onload=alert(1)>"), ("none.png", b""), ("again.png", make.png())
    answer = upload(client, *bad, ("good.wav", make.wav()), tags="kept words", mood="calm")
    page = answer.content.decode()
    assert answer.status_code == 422 and "3 files were not added" in page and 'value="kept words"' in page
    assert "SVG pictures can carry programs" in page and "The file is empty." in page
    twin = Asset.objects.get(kind="image")
    assert f'href="/admin/library/{twin.code}/">Show it' in page and "Added as" in page
    assert Asset.objects.count() == 2
    small = upload(client, ("small.png", make.png(colour="red")), htmx=True).content.decode()
    assert "Added as" in small and "It is only 40 × 30: in a cut it looks blurred." in small


def test_a_name_that_is_too_long_is_told(client_of, marketer):
    long = io.BytesIO(make.png())
    long.name = f"{'ü' * 3000}.png"
    answer = client_of(marketer).post(URL, {"files": [long, SimpleUploadedFile("b.png", make.png())]})
    assert answer.status_code == 422 and "The name of the file is too long. Shorten it" in answer.content.decode()
    assert "ü" * 256 not in answer.content.decode() and Asset.objects.count() == 1


def test_one_a_request_answers_with_a_fragment(client_of, marketer):
    client = client_of(marketer)
    answer = upload(client, ("a.png", make.png()), htmx=True)
    assert answer.status_code == 200 and Asset.objects.get().code in answer.content.decode()
    answer = upload(client, ("a.png", make.png()), htmx=True)
    assert answer.status_code == 422 and "This file is here already" in answer.content.decode()
    answer = upload(client, ("b.png", make.png(colour="red")), htmx=True, tags="x" * 50)
    assert answer.status_code == 422 and "at most 40 characters a tag" in answer.content.decode()
    assert "Choose a file first." in client.post(URL, headers=HTMX).content.decode()


def test_while_the_scanner_is_away_it_is_sent_again(client_of, marketer, settings):
    """Nothing is wrong with the file, so uploads.js does not mark it as refused."""
    settings.CLAMAV_SOCKET = "127.0.0.1:1"
    answer = upload(client_of(marketer), ("a.png", make.png()), htmx=True)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2") and "does not answer" in answer.content.decode()


def test_too_large_is_refused_while_it_comes_in(client_of, marketer, media, monkeypatch):
    """Of 3 MB, 1 MB is written at most, and nothing stays."""
    values.change("upload_image_mb", "1", by=None)
    written = []
    real = uploads.Bounded.receive_data_chunk

    def receive(self, data, start):
        real(self, data, start)
        written.append(len(data))

    monkeypatch.setattr(uploads.Bounded, "receive_data_chunk", receive)
    answer = upload(client_of(marketer), ("a.png", make.png() + bytes(3 * place.CHUNK)))
    assert answer.status_code == 422 and "larger than 1 MB" in answer.content.decode()
    assert 0 < sum(written) <= place.MEGABYTE and left_in(media) == []


def test_no_room_is_said_and_nothing_is_written(client_of, marketer, media, monkeypatch):
    monkeypatch.setattr(place.shutil, "disk_usage", lambda folder: type("usage", (), {"free": 1}))
    answer = upload(client_of(marketer), ("a.png", make.png()))
    assert answer.status_code == 422 and "There is no room for more files" in answer.content.decode()
    assert left_in(media) == [] and not Asset.objects.exists()


def test_one_that_finds_no_room_leaves_the_one_before_it_alone(client_of, marketer, media, monkeypatch):
    """Refused at its beginning, or at its end when what was written does not get to the disk."""
    real, begun = place.check_room, []

    def check_room():
        begun.append(True)
        if len(begun) == 2:
            raise place.NoSpace("No room for the second.")
        return real()

    with monkeypatch.context() as patch:
        patch.setattr(uploads.place, "check_room", check_room)
        answer = upload(client_of(marketer), ("a.png", make.png()), ("b.wav", make.wav()))
    assert answer.status_code == 422 and "No room for the second." in answer.content.decode()
    assert [asset.kind for asset in Asset.objects.all()] == ["image"]

    class Full(uploads.Upload):
        def flush(self):
            raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(uploads, "Upload", Full)
    answer = upload(client_of(marketer), ("c.png", make.png(colour="red")))
    assert answer.status_code == 422 and "The disk is full." in answer.content.decode()
    assert len(left_in(media)) == 2, "the first one and its preview"


@pytest.mark.parametrize("url", ["/account/login/", "/me/name/", URL, "/me/assets/upload/", "/nowhere/"])
def test_files_that_nobody_asked_for_are_never_written(client, media, monkeypatch, url):
    def refuse(self, *facts):
        raise AssertionError("written")

    monkeypatch.setattr(uploads.tempfile, "NamedTemporaryFile", refuse)
    answer = client.post(url, {"files": io.BytesIO(make.png())})
    assert answer.status_code in (200, 302, 403, 404, 405)


def test_members_cannot_add_to_the_library(client_of, member, supporter):
    for person in (member, supporter):
        assert upload(client_of(person), ("a.png", make.png())).status_code == 403
    assert not Asset.objects.exists()


def test_members_have_a_storage_of_their_own(client_of, member, outsider):
    client = client_of(member)
    answer = upload(client, ("mine.png", make.png()), url="/me/assets/upload/", curated="on", licence="x", owner="1")
    assert (answer.status_code, answer.url) == (302, "/me/assets/")
    asset = Asset.objects.get()
    assert (asset.owner, asset.curated, asset.licence) == (member, False, "")
    page = client.get("/me/assets/").content.decode()
    assert asset.code in page and "of 500 MB used" in page
    answer = client.post(f"/me/assets/{asset.code}/delete/", headers=HTMX)
    assert f"/me/assets/{asset.code}/restore/" in answer.headers["HX-Trigger"]
    assert asset.code not in client.get("/me/assets/").content.decode()
    client.post(f"/me/assets/{asset.code}/restore/")
    assert asset.code in client.get("/me/assets/").content.decode()
    stranger = client_of(outsider)
    assert asset.code not in stranger.get("/me/assets/").content.decode()
    assert stranger.post(f"/me/assets/{asset.code}/delete/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_many_at_once_leave_threads_for_the_pages(member, outsider, marketer, monkeypatch):
    """As many threads as a process of the web server has; more uploads than turns, of which one person has one."""
    real, at_work, go_on = inspect._decode, threading.Semaphore(0), threading.Event()

    def slow(*asked):
        at_work.release()
        assert go_on.wait(30)
        return real(*asked)

    def send(person, colour):
        browser = Client()
        browser.force_login(person)
        try:
            file = (f"{colour}.png", make.png(colour=colour))
            return upload(browser, file, url="/me/assets/upload/", htmx=True)
        finally:
            connection.close()

    def look():
        try:
            return Client().get("/nowhere/").status_code
        finally:
            connection.close()

    monkeypatch.setattr(inspect, "_decode", slow)
    with ThreadPoolExecutor(4) as threads:
        try:
            first = threads.submit(send, member, "red")
            assert at_work.acquire(timeout=30)
            again = [threads.submit(send, member, colour) for colour in ("blue", "green", "teal", "white")]
            second = threads.submit(send, outsider, "red")
            assert at_work.acquire(timeout=30), "another person has the other turn"
            third = threads.submit(send, marketer, "red")
            for answer in [each.result(30) for each in (*again, third)]:
                assert (answer.status_code, answer["Retry-After"]) == (503, "2")
                assert "Send it again in a few seconds." in answer.content.decode()
            assert threads.submit(look).result(30) == 404
            assert not first.done() and not second.done()
        finally:
            go_on.set()
        assert [each.result(30).status_code for each in (first, second)] == [200, 200]
        assert threads.submit(send, member, "blue").result(30).status_code == 200
