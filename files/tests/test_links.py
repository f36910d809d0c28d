"""Links, and what stands behind them: whoever has none, or an old or altered one, gets nothing."""

import time

import pytest
from django.core import signing

from alerts.models import Alert
from files import links, missing, sweeps
from files.models import StoredFile
from files.tests.make import make_stored
from tunables import values

BODY = b"0123456789"


def get(client, url, **headers):
    response = client.get(url, headers=headers)
    return response.status_code, b"".join(response) if response.streaming else response.content, response.headers


def test_it_works(media, client):
    stored = make_stored(BODY)
    url = links.url(stored, filename="Ode to “Autumn”.jpeg")
    status, body, headers = get(client, url, **{"Accept-Encoding": "gzip"})
    assert (status, body) == (200, BODY) and "Content-Encoding" not in headers
    assert headers["Content-Type"] == "image/png" and headers["Content-Length"] == "10"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Accept-Ranges"] == "bytes"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    shown_elsewhere = get(client, links.url(stored, everywhere=True))[2]
    assert shown_elsewhere["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Content-Disposition"] == "inline; filename*=utf-8''Ode%20to%20%E2%80%9CAutumn%E2%80%9D.jpeg.png"
    assert headers["Cache-Control"].startswith("private, max-age=") and headers["Cache-Control"].endswith("immutable")
    head = client.head(url)
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", "10")
    assert get(client, links.url(stored, download=True))[2]["Content-Disposition"].startswith("attachment; filename=")
    assert client.post(url).status_code == 405


def test_who_is_signed_in_may_keep_it_too(media, client_of, member):
    headers = get(client_of(member), links.url(make_stored()))[2]
    assert "immutable" in headers["Cache-Control"] and "no-store" not in headers["Cache-Control"]


def test_what_has_not_changed_is_not_sent_again(media, client):
    stored = make_stored()
    for tag in (f'"{stored.sha256}"', f'"other", W/"{stored.sha256}"', "*"):
        status, body, headers = get(client, links.url(stored), **{"If-None-Match": tag})
        assert (status, body) == (304, b"") and headers["ETag"] == f'"{stored.sha256}"'
    assert get(client, links.url(stored), **{"If-None-Match": '"other"'})[0] == 200


@pytest.mark.parametrize(
    ("asked", "status", "body", "said"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=-99", 206, BODY, "bytes 0-9/10"),
        ("bytes=5-999", 206, b"56789", "bytes 5-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        (f"bytes={'9' * 5000}-", 416, b"", "bytes */10"),
        ("bytes=5-2", 200, BODY, None),
        ("bytes=0-1,4-5", 200, BODY, None),
        ("bytes=-", 200, BODY, None),
        ("lines=1-2", 200, BODY, None),
    ],
)
def test_a_part_can_be_asked_for(media, client, asked, status, body, said):
    url = links.url(make_stored(BODY))
    found = get(client, url, Range=asked)
    assert (found[0], found[1], found[2].get("Content-Range")) == (status, body, said)
    if status == 206:
        assert found[2]["Content-Length"] == str(len(body))
        assert client.head(url, headers={"Range": asked}).headers["Content-Range"] == said


def test_a_part_of_another_version_is_not_mixed_in(media, client):
    stored = make_stored(BODY)
    url = links.url(stored)
    assert get(client, url, Range="bytes=0-3", **{"If-Range": f'"{stored.sha256}"'})[0] == 206
    assert get(client, url, Range="bytes=0-3", **{"If-Range": '"older"'})[0] == 200


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ('a"b\\c', "a b c.png"),
        ("a\r\nSet-Cookie: x=1", "a Set-Cookie x=1.png"),
        ("../../etc/passwd", "etc passwd.png"),
        ("photo\u202egpj.exe", "photo gpj.exe.png"),
        ("x" * 300, "x" * 100 + ".png"),
        ("picture.png", "picture.png"),
        ("PICTURE.PNG", "PICTURE.png"),
        ("\ud800.", "poem-vision.png"),
        ("Gedicht über Bäume", "Gedicht über Bäume.png"),
        ("", "poem-vision.png"),
    ],
)
def test_names_cannot_do_harm(media, client, given, shown):
    assert links.safe_name(given, "ab/cd.png") == shown
    assert get(client, links.url(make_stored(), filename=given, download=True))[0] == 200


def test_nobody_gets_in_by_guessing(media, client):
    """Another file, a later end or another name needs another signature, and an old key signs no more."""
    mine, other = make_stored(b"mine"), make_stored(b"other")
    token = links.url(mine).removeprefix("/media/")
    for wrong in (
        "x",
        token[:-1],
        token + "A",
        token.replace(":", ""),
        signing.Signer(salt="other").sign_object([other.pk, 2**40, "", False]),
        signing.Signer(key="guessed", salt="files.links").sign_object([other.pk, 2**40, "", False]),
        links.SIGNER.sign_object([other.pk, int(time.time()) - 1, "", False]),
        links.SIGNER.sign_object([10**9, 2**40, "", False]),
    ):
        assert client.get(f"/media/{wrong}").status_code == 404


def test_links_end_and_stay_the_same_for_a_while(media, client, monkeypatch):
    stored, window = make_stored(), 60 * values.get("media_link_minutes")
    start = (int(time.time()) // window + 1) * window
    monkeypatch.setattr(links.time, "time", lambda: start)
    url = links.url(stored)
    monkeypatch.setattr(links.time, "time", lambda: start + window - 1)
    assert links.url(stored) == url and get(client, url)[0] == 200
    monkeypatch.setattr(links.time, "time", lambda: start + 2 * window)
    assert links.url(stored) != url and client.get(url).status_code == 404


def test_what_is_gone_is_not_found_and_staff_are_told_once(media, client, caplog):
    stored = make_stored()
    url = links.url(stored)
    (media / stored.name).unlink()
    page = client.get(url)
    assert (page.status_code, client.head(url).status_code) == (
        404,
        404,
    ) and "We have been told" in page.content.decode()
    assert "does not have" in caplog.text
    alert = Alert.objects.get()
    assert alert.is_open and (alert.count, alert.fingerprint) == (1, sweeps.ALERT) and stored.name in alert.detail
    StoredFile.objects.all().delete()
    page = client.get(url)
    assert page.status_code == 404 and "There is no such page." in page.content.decode()
    missing.note(stored)
    assert Alert.objects.get().count == 1, "of a row that is gone nothing is missing"
