"""The same in a bucket, against an S3 server of this machine."""

import os
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from moto.server import ThreadedMotoServer

from files import links, place, queries, storing, sweeps
from files.models import StoredFile
from files.tests.make import make_stored
from poemvision import buckets
from tunables import values

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def server():
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bucket(server, settings, monkeypatch):
    host, port = server.get_host_and_port()
    named = {"NAME": "clips", "ENDPOINT": f"http://{host}:{port}", "KEY_ID": "key", "SECRET": "secret"}
    for name, value in named.items():
        monkeypatch.setenv(f"BUCKET_{name}", value)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    settings.BUCKET = buckets.from_environment()
    settings.STORAGES = {**settings.STORAGES, "default": buckets.backend(settings.BUCKET)}
    default_storage.bucket.create()
    yield default_storage.bucket
    default_storage.bucket.objects.all().delete()
    default_storage.bucket.delete()


def test_it_works(bucket, settings, client, tmp_path, monkeypatch):
    monkeypatch.setattr(place.tempfile, "tempdir", str(tmp_path))
    stored = make_stored(b"0123456789")
    assert place.folder() is None and [found.name for found in place.walk()] == [stored.name]
    with storing.local_copy(stored) as path:
        assert path.read_bytes() == b"0123456789" and path.suffix == ".png"
        assert path.parent == place.waiting_room(), "swept, were this process killed"
    with storing.local_copy(stored, tmp_path) as path:
        assert path.parent == tmp_path
    assert not path.exists() and queries.storage().free is None

    url = links.url(stored, filename="Ode", download=True)
    assert url.startswith(settings.BUCKET["origin"]) and url == links.url(stored, filename="Ode", download=True)
    answer = httpx.get(url, headers={"Range": "bytes=2-4"})
    assert (answer.status_code, answer.content) == (206, b"234")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Ode.png"'
    assert client.get(f"/media/{links.SIGNER.sign_object([stored.pk, 2**40, '', False])}").status_code == 404

    storing.discard(stored)
    assert list(place.walk()) == [] and not StoredFile.objects.exists()
    with pytest.raises(place.Gone), storing.local_copy(stored):
        pytest.fail("there is nothing to copy")


def test_links_expire(bucket):
    """By the bucket, at the time that was signed."""
    signed = parse_qs(urlsplit(links.url(make_stored())).query)
    window = 60 * values.get("media_link_minutes")
    assert window <= int(signed["X-Amz-Expires"][0]) <= 2 * window and signed["X-Amz-Signature"]


def test_a_bucket_that_is_away_keeps_no_row(bucket, settings, caplog):
    gone = {**settings.BUCKET, "endpoint": "http://127.0.0.1:1"}
    settings.STORAGES = {**settings.STORAGES, "default": buckets.backend(gone)}
    with pytest.raises(storing.NoSpace, match="The storage does not answer"):
        make_stored()
    assert not StoredFile.objects.exists()
    settings.STORAGES = {**settings.STORAGES, "default": buckets.backend(settings.BUCKET)}


def test_orphans_are_found_there_too(bucket):
    stored, missing = make_stored(), make_stored()
    default_storage.delete(missing.name)
    bucket.put_object(Key="orphan.png", Body=b"12")
    StoredFile.objects.update(created_at=timezone.now())
    tally = sweeps.Tally(timezone.now() + timedelta(minutes=1), repair=True)
    sweeps._compare(tally, lambda done: None)
    assert tally.found == {"orphans": 1, "unused": 0, "missing": 1, "damaged": 0}
    assert [found.name for found in place.walk()] == [stored.name]
