from musicpool.tests.make import make_track

HTMX = {"HX-Request": "true"}


def test_it_works(client_of, owner, media):
    track = make_track()
    client = client_of(owner)
    text = client.get(f"/admin/music/tracks/{track.pk}/").content.decode()
    for words in (track.asset.code, "Move to another bucket", "Replace the recording", "audio/mpeg"):
        assert words in text, words
    said = {"title": "Evening", "licence": "CC BY 4.0", "source": "A friend"}
    assert client.post(f"/admin/music/tracks/{track.pk}/describe/", said, headers=HTMX).status_code == 204
    track.asset.refresh_from_db()
    assert (track.asset.title, track.asset.licence, track.asset.source) == tuple(said.values())
    refused = client.post(f"/admin/music/tracks/{track.pk}/describe/", {"title": ""}, headers=HTMX)
    assert refused.status_code == 422 and b"Fill this in." in refused.content
    assert client.get("/admin/musicpool/panels/track/999/").status_code == 404


def test_it_requires_music_read(client_of, member, media):
    assert client_of(member).get(f"/admin/musicpool/panels/track/{make_track().pk}/").status_code == 403
