import json

from jobs.models import Job
from musicpool.tests.make import make_track

URL = "/admin/musicpool/panels/fill_status/calm/piano/"
HTMX = {"HX-Request": "true"}


def toast(response) -> str:
    return json.loads(response.headers["HX-Trigger"])["toast"]["text"]


def test_it_works(client_of, owner, replicate):
    client = client_of(owner)
    make_track(), make_track(state="pending"), make_track(state="rejected")
    text = client.get(URL, headers=HTMX).content.decode()
    assert "Fill bucket for $0.48" in text and "8 tracks" in text and "$0.06 each" in text
    assert "on their way, for about $0.48" in toast(
        client.post("/admin/music/calm/piano/fill/", {"count": 8}, headers=HTMX)
    )
    assert "already" in toast(client.post("/admin/music/calm/piano/fill/", {"count": 8}, headers=HTMX))
    assert b"Cancel the rest" in client.get(URL, headers=HTMX).content
    assert toast(client.post("/admin/music/calm/piano/cancel/", headers=HTMX)).startswith("Cancelled.")
    assert Job.objects.get(kind="musicpool.fill").state == "cancelled"
    polled = client.get(URL, headers=HTMX | {"HX-Trigger": "fill-progress"})
    assert polled.headers["HX-Trigger"] == "musicpool-changed" and b"Last fill: cancelled" in polled.content
    assert "price again" in toast(client.post("/admin/music/calm/piano/fill/", {"count": 5}, headers=HTMX))


def test_without_a_key_there_is_no_button(client_of, owner, db):
    text = client_of(owner).get(URL, headers=HTMX).content.decode()
    assert "REPLICATE_API_TOKEN" in text and "Fill bucket" not in text
    assert "is off" in toast(client_of(owner).post("/admin/music/calm/piano/fill/", {"count": 10}, headers=HTMX))


def test_it_requires_music_read(client_of, member):
    assert client_of(member).get(URL).status_code == 403
