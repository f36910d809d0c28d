"""What everybody sees of what others made, and what other sites find of it."""

import io
import re
import time
from concurrent.futures import ThreadPoolExecutor

from django.test import Client
from PIL import Image

from alerts.models import Alert
from artwork import frames
from catalog import drawings
from catalog.models import FrameDesign
from files import place
from files.models import StoredFile
from studio import sizes, upkeep
from studio.models import Cut, SizedPicture
from studio.tests.make import frame, make_choices, make_cut


def test_the_front_door_and_the_wall_say_when_they_are_empty(client, db):
    for path, words in (
        ("/", "Nothing on the wall yet"),
        ("/wall/", "Nothing on the wall yet"),
        ("/my-cuts/", "No cuts"),
    ):
        assert words in client.get(path).content.decode()
    assert "Nothing to choose from yet" in client.get("/make/").content.decode()
    make_choices()
    text = client.get("/make/").content.decode()
    assert "Make it" in text and "free cuts left today" in text
    assert set(client.cookies) <= {"csrf_8000"}, "whoever looks around gets no session"


def test_a_shared_cut_tells_other_sites_what_it_is(client, db, settings):
    settings.BASE_URL = "https://poems.example"
    cut = make_cut(shared=True, title="Rain & <Wind>")
    text = client.get(f"/c/{cut.slug}/").content.decode()
    told = dict(re.findall(r'<meta (?:property|name)="([\w:]+)" content="([^"]*)"', text))
    assert told["og:title"] == "Rain &amp; &lt;Wind&gt;" and told["robots"] == "noindex"
    assert told["og:image"] == f"https://poems.example/c/{cut.slug}/preview.jpg" == told["twitter:image"]
    assert told["og:video"] == f"https://poems.example/c/{cut.slug}/video.mp4"
    for each, size in (("image", ("1200", "630")), ("video", ("864", "1080"))):
        assert (told[f"og:{each}:width"], told[f"og:{each}:height"]) == size
    assert "/go/share_banner/" in text
    for name in ("poster.jpg", "preview.jpg", "video.mp4"):
        way = client.get(f"/c/{cut.slug}/{name}")
        for answer in (way, client.head(way["Location"])):
            assert answer["Cross-Origin-Resource-Policy"] == "cross-origin" and answer.status_code in (302, 200)
    client.head(f"/c/{cut.slug}/")
    for browser in (client, client, Client()):  # no cookie is needed for it, so none makes a difference
        assert browser.post(f"/c/{cut.slug}/shared/").status_code == 302
    client.get(f"/c/{cut.slug}/as/square/")
    cut.refresh_from_db()
    assert (cut.views, cut.shares, cut.downloads) == (1, 1, 1)
    assert client.get(f"/c/{cut.slug}/as/nothing/").status_code == 404


def test_what_is_on_the_wall_is_on_the_map(client, db):
    shown, hidden = make_cut(shared=True, on_wall=True), make_cut(shared=True)
    gone = make_cut(shared=True, on_wall=True, deleted_at="2026-01-01T00:00Z")
    answer = client.get("/sitemap.xml")
    text = answer.content.decode()
    assert answer["Cache-Control"] == "max-age=3600, public"
    assert shown.slug in text and hidden.slug not in text and gone.slug not in text
    assert "Sitemap: " in client.get("/robots.txt").content.decode()
    assert client.get(f"/c/{gone.slug}/").status_code == 404


def test_every_size_is_made_once_and_goes_with_the_cut(client, db, monkeypatch):
    cut = make_cut(shared=True)
    before, made, derive = StoredFile.objects.count(), [], sizes.sizes.derive
    monkeypatch.setattr(sizes.sizes, "derive", lambda *given: made.append(given[1]) or derive(*given))
    for kind in [*sizes.KINDS, *sizes.KINDS]:
        answer = client.get(f"/c/{cut.slug}/as/{kind}/")
        file = client.get(answer["Location"])
        assert (answer.status_code, file.status_code) == (302, 200), kind
        assert "attachment; filename" in file["Content-Disposition"]
        data = b"".join(file)
        if kind in made:
            picture = Image.open(io.BytesIO(data))
            assert (picture.format, picture.size) == ("JPEG", sizes.sizes.SIZES[kind])
    assert sorted(made) == sorted(sizes.sizes.SIZES) and StoredFile.objects.count() == before + len(made)
    SizedPicture.objects.filter(size="square").delete()
    monkeypatch.setattr(sizes, "PATIENCE", 0.01)
    with sizes._bench():
        assert client.get(f"/c/{cut.slug}/as/square/")["Retry-After"] == "2"
        monkeypatch.setattr(sizes, "PATIENCE", 600)
        with sizes._PLACES:  # somebody waits already
            assert client.get(f"/c/{cut.slug}/as/square/").status_code == 503
    Cut.objects.update(deleted_at="2026-01-01T00:00Z")
    assert upkeep.purge_deleted_cuts() == 1 and not SizedPicture.objects.exists()
    assert sizes._made(cut, "square") is None, "it was deleted while it was made"


def test_a_picture_that_has_gone_is_told_of_and_staff_are_called(client, db):
    cut = make_cut(shared=True)
    (place.folder() / cut.picture.name).unlink()
    for _ in range(2):
        page = client.get(f"/c/{cut.slug}/as/square/")
        assert page.status_code == 404 and "We have been told" in page.content.decode()
    preview = client.get(f"/c/{cut.slug}/preview.jpg")
    assert client.head(preview["Location"]).status_code == 200, "the poster is there"
    cut.refresh_from_db()
    assert cut.downloads == 0 and cut.picture.name in Alert.objects.get().detail and Alert.objects.get().count == 1
    assert client.get(f"/c/{cut.slug}/as/picture/", follow=True).status_code == 404


def test_samples_are_drawn_once_and_only_where_they_can_be(client, db, monkeypatch):
    drawings._sample.cache_clear()
    drawn, real = [], frames.sample

    def slow(*given):
        drawn.append(given)
        time.sleep(0.05)
        return real(*given)

    monkeypatch.setattr(frames, "sample", slow)
    with ThreadPoolExecutor() as visitors:
        pictures = set(visitors.map(lambda _: drawings.sample("frames", "gilded", {}), range(6)))
    assert len(drawn) == len(pictures) == 1
    chosen = frame()
    answer = client.get(f"/make/frames/{chosen.slug}.jpg")
    assert answer["Content-Type"] == "image/jpeg" and answer.content[:3] == b"\xff\xd8\xff"
    for broken in ({"drawing": "gone"}, {"options": {"gone": 1}}):
        FrameDesign.objects.filter(pk=chosen.pk).update(**broken)
        assert client.get(f"/make/frames/{chosen.slug}.jpg").status_code == 404


def test_the_overview_shows_what_is_ones_own(client_of, member, outsider):
    make_cut(owner=member, title="Mine")
    make_cut(owner=outsider, title="Theirs")
    text = client_of(member).get("/me/").content.decode()
    assert "Mine" in text and "Theirs" not in text and "/me/credit/" in text and "/me/account/" in text
