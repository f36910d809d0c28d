import io
import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from alerts.models import Alert, raise_alert
from audit.models import AuditEvent
from catalog import assets
from files.tests.make import wav
from jobs.models import Job
from jobs.registry import run_now
from musicpool import tracks
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
    raise_alert("music-bucket-empty:epic:acoustic", "Cuts are made without music")
    undo = toast(act(client, track, "move", {"mood": "epic", "genre": "acoustic"}))["undo"]
    track.refresh_from_db()
    assert (track.mood, track.genre, track.asset.mood) == ("epic", "acoustic", "epic")
    assert Alert.objects.get(fingerprint="music-bucket-empty:epic:acoustic").acknowledged_at, "it is empty no more"
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
    track.measured(-16.0), assets.retire(track.asset, by=marketer)
    shown = client.get(f"/admin/musicpool/panels/track/{track.pk}/").content.decode()
    assert "Retired in the library" in shown and "data-approve" not in shown
    assert "is retired: it cannot be approved" in toast(act(client, track, "approve"))["text"]
    track.refresh_from_db()
    assert track.state == "pending"


def test_a_replacement_waits_to_be_heard_and_the_old_one_is_kept(client_of, marketer, media):
    client, track = client_of(marketer), make_track(loudness=-14.0)
    old = track.asset
    refused = act(client, track, "replace", {"files": SimpleUploadedFile("x.wav", b"nothing")})
    assert refused.status_code == 422 and b"no kind of file" in refused.content
    assert act(client, track, "replace", {"files": SimpleUploadedFile("x.wav", wav(0.5))}).status_code == 204
    track.refresh_from_db(), old.refresh_from_db()
    assert (track.state, track.loudness, old.replaced_by) == ("pending", None, track.asset)
    assert old.retired_at and track.asset.title == old.title
    back = client.post(f"/admin/library/{old.code}/restore/", headers=HTMX)
    assert f"Its place in the music pool is taken by {track.asset.code}" in toast(back)["text"]
    track.refresh_from_db(), old.refresh_from_db()
    assert old.retired_at and not track.asset.retired_at


def test_a_replacement_knows_what_has_changed_while_it_was_looked_at(marketer, media, monkeypatch):
    track, real = make_track(), assets.add
    old = track.asset

    def add(*file, **about):
        made = real(*file, **about)
        Track.objects.get().move("epic", "piano", by=marketer)
        assets.change(old, by=marketer, title="Dusk", licence="CC0")
        return made

    monkeypatch.setattr(assets, "add", add)
    made = tracks.replace(track, io.BytesIO(wav(0.5)), by=marketer)
    made.refresh_from_db()
    assert (made.title, made.licence, made.mood, made.track.mood) == ("Dusk", "CC0", "epic", "epic")


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
