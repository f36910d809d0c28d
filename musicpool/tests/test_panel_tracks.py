import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.models import AuditEvent
from files.tests.make import wav
from jobs.models import Job
from jobs.registry import run_now
from musicpool.models import Track
from musicpool.tests.make import make_track

PAGE = "/admin/music/calm/piano/"
HTMX = {"HX-Request": "true"}


def act(client, track, verb, data=None, query=""):
    return client.post(f"/admin/music/tracks/{track.pk}/{verb}/{query}", data or {}, headers=HTMX)


def toast(response) -> dict:
    return json.loads(response.headers["HX-Trigger"])["toast"]


def test_it_works(client_of, marketer, media):
    track, other = make_track(loudness=-16.2), make_track(state="pending", loudness=-9.0)
    client = client_of(marketer)
    text = client.get(PAGE).content.decode()
    for words in (track.asset.title, "−16.2 LUFS", "24 s", 'src="/media/', "evened out"):
        assert words in text, words
    only = client.get("/admin/musicpool/panels/tracks/calm/piano/?state=pending", headers=HTMX).content.decode()
    assert other.asset.title in only and track.asset.title not in only
    assert client.get("/admin/music/calm/polka/").status_code == 404
    empty = client.get("/admin/music/epic/ambient/").content.decode()
    assert "This bucket is empty" in empty


def test_decisions_are_undone_by_their_own_kind(client_of, marketer, media):
    client, track = client_of(marketer), make_track(state="pending")
    approved = act(client, track, "approve")
    assert toast(approved)["undo"] == f"/admin/music/tracks/{track.pk}/return/"
    assert "undo" not in toast(act(client, track, "approve"))
    assert toast(act(client, track, "reject"))["undo"].endswith("/approve/")
    track.refresh_from_db()
    assert (track.state, track.decided_by) == ("rejected", marketer)
    act(client, track, "return")
    track.refresh_from_db()
    assert (track.state, track.decided_by) == ("pending", None)
    verbs = AuditEvent.objects.filter(target=f"track:{track.pk}").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["track.approved", "track.rejected", "track.pending"]


def test_it_moves_and_comes_back(client_of, marketer, media):
    client, track = client_of(marketer), make_track()
    undo = toast(act(client, track, "move", {"mood": "epic", "genre": "acoustic"}))["undo"]
    track.refresh_from_db()
    assert (track.mood, track.genre) == ("epic", "acoustic")
    client.post(undo, headers=HTMX)
    track.refresh_from_db()
    assert (track.mood, track.genre) == ("calm", "piano")
    assert act(client, track, "move", {"mood": "epic", "genre": "polka"}).status_code == 422


def test_many_files_at_once_each_for_itself(client_of, marketer, media):
    client = client_of(marketer)
    song = wav(0.6)
    files = [
        SimpleUploadedFile(name, data) for name, data in (("a_song.wav", song), ("b.wav", song), ("c.mp3", b"<svg>"))
    ]
    response = client.post(f"{PAGE}upload/", {"files": files, "licence": "CC0"}, headers=HTMX)
    text = response.content.decode()
    assert response.status_code == 422 and "Added as" in text
    assert "b.wav: This file is here already" in text and "c.mp3: SVG pictures" in text
    track = Track.objects.get()
    assert (track.asset.title, track.asset.licence, track.asset.uploaded_by) == ("a song", "CC0", marketer)
    assert run_now(Job.objects.get(kind="musicpool.measure")).state == "done"
    track.refresh_from_db()
    assert -40 < track.loudness < 0
    assert "Choose a file first" in client.post(f"{PAGE}upload/", {}).content.decode()


def test_what_nobody_hears_is_not_approved(client_of, marketer, media):
    client, track = client_of(marketer), make_track(state="approved")
    track.measured(-70.0)
    track.refresh_from_db()
    assert (track.state, track.loudness) == ("pending", -70.0), "approved before it was measured"
    page = client.get(PAGE).content.decode()
    assert ">Silent<" in page and "data-approve" not in page and "data-reject" in page
    said = toast(act(client, track, "approve"))["text"]
    track.refresh_from_db()
    assert track.state == "pending" and "is silent (−70.0 LUFS): it cannot be approved" in said


def test_a_replacement_waits_to_be_heard_and_the_old_one_is_kept(client_of, marketer, media):
    client, track = client_of(marketer), make_track(loudness=-14.0)
    old = track.asset
    refused = act(client, track, "replace", {"files": SimpleUploadedFile("x.wav", b"nothing")})
    assert refused.status_code == 422 and b"no kind of file" in refused.content
    assert act(client, track, "replace", {"files": SimpleUploadedFile("x.wav", wav(0.5))}).status_code == 204
    track.refresh_from_db(), old.refresh_from_db()
    assert (track.state, track.loudness, old.replaced_by) == ("pending", None, track.asset)
    assert old.retired_at and track.asset.title == old.title


def test_only_who_manages_music_does(client_of, supporter, media):
    client, track = client_of(supporter), make_track(state="pending")
    assert client.get(f"/admin/music/tracks/{track.pk}/").status_code == 200
    assert b"data-approve" not in client.get(PAGE).content
    assert act(client, track, "approve").status_code == 403
    track.refresh_from_db()
    assert track.state == "pending"


@pytest.mark.parametrize("verb", ["fill", "cancel", "upload"])
def test_no_other_bucket(client_of, owner, verb):
    assert client_of(owner).post(f"/admin/music/calm/{uuid.uuid4()}/{verb}/").status_code == 404
