"""What everybody sees of what others made, and what other sites find of it."""

import re

from PIL import Image

from studio import sizes
from studio.tests.make import make_choices, make_cut


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
    assert told["og:image"] == f"https://poems.example/c/{cut.slug}/poster.jpg" == told["twitter:image"]
    assert told["og:video"] == f"https://poems.example/c/{cut.slug}/video.mp4"
    assert "/go/share_banner/" in text
    where = client.get(f"/c/{cut.slug}/poster.jpg")["Location"]
    assert client.head(where).status_code == 200
    client.head(f"/c/{cut.slug}/")
    client.post(f"/c/{cut.slug}/shared/")
    client.get(f"/c/{cut.slug}/as/square/")
    cut.refresh_from_db()
    assert (cut.views, cut.shares, cut.downloads) == (1, 1, 1)
    assert client.get(f"/c/{cut.slug}/as/nothing/").status_code == 404


def test_what_is_on_the_wall_is_on_the_map(client, db):
    shown, hidden = make_cut(shared=True, on_wall=True), make_cut(shared=True)
    gone = make_cut(shared=True, on_wall=True, deleted_at="2026-01-01T00:00Z")
    text = client.get("/sitemap.xml").content.decode()
    assert shown.slug in text and hidden.slug not in text and gone.slug not in text
    assert "Sitemap: " in client.get("/robots.txt").content.decode()
    assert client.get(f"/c/{gone.slug}/").status_code == 404


def test_a_picture_in_every_size_shows_all_of_itself(db):
    for download in sizes.DOWNLOADS:
        if download.size:
            made = sizes.fitted(Image.new("RGB", (400, 500), "#ff0000"), download.size)
            assert made.size == download.size
            middle, corner = made.getpixel((made.width // 2, made.height // 2)), made.getpixel((1, 1))
            assert middle == (255, 0, 0) and corner[0] < 220


def test_the_overview_shows_what_is_ones_own(client_of, member, outsider):
    make_cut(owner=member, title="Mine")
    make_cut(owner=outsider, title="Theirs")
    text = client_of(member).get("/me/").content.decode()
    assert "Mine" in text and "Theirs" not in text and "/me/credit/" in text and "/me/account/" in text
