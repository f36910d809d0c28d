"""A visitor makes a cut, watches it, shares it, signs up, tops up and pays for another; staff see what it brought."""

import re

import av
import pytest
from playwright.sync_api import expect

from accounts.models import QueuedMail, User
from artwork import music, sound
from billing.tests.stripe_side import work
from files import storing
from files.tests.conftest import media  # noqa: F401 (a fixture)
from ledger import checks
from musicpool import tracks
from sitestats import facts, flusher, recording, rollups, salts
from sitestats.tests.make import IPHONE
from sitestats.tests.test_page_views import FIREFOX
from studio import easel
from studio.models import Cut
from studio.tests.make import make_picture, make_poem
from tests.browser.chromium import until
from tests.browser.test_money_walk import stripe, top_up_20  # noqa: F401 (a fixture)

pytestmark = pytest.mark.timeout(300)
SIZE = (216, 270)
PASSWORD = "a long sentence about herons"


@pytest.fixture
def small(monkeypatch):
    """Cuts are real, and small."""
    monkeypatch.setattr(easel, "SIZE", SIZE)


@pytest.fixture
def song(media, tmp_path):  # noqa: F811
    """One piece in one bucket: six seconds, far quieter than a clip should be."""
    path = tmp_path / "song.mp3"
    music.write(music.compose("calm", "piano", 6, 1) / 4, path)
    track = tracks.add(path, "calm", "piano", title="Still harbour", loudness=sound.measure(path).integrated)
    track.decide(track.State.APPROVED, by=None)
    return track


def make_one(page) -> Cut:
    """Press the one button; watch the poem appear; see the clip play."""
    page.goto("/make/")
    page.get_by_role("button", name="Make it").click()
    page.wait_for_url("**/cuts/**")
    expect(page.locator(".poem-page")).to_contain_text("The kettle hums a harbour song")
    expect(page.locator(".poem-page .to-come")).to_have_count(0)  # it appears while one waits
    expect(page.get_by_role("progressbar")).to_be_visible()
    stop = page.get_by_role("button", name="Stop")
    stop.focus()
    with page.expect_response("**/progress/**"):
        pass
    expect(stop).to_be_focused()
    work()
    expect(page.locator("video.clip")).to_be_visible()
    until(page, "document.querySelector('video.clip').duration > 1")
    return Cut.objects.with_reversal().latest("pk")


def sign_up_from_the_result(page) -> User:
    page.locator(".cta-banner").get_by_role("link", name="Create your account").click()
    page.get_by_label("E-mail", exact=False).fill("nora@example.com")
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/confirm-email/")
    page.goto(re.search(r"http\S+/confirm-email/\S+", QueuedMail.objects.get().body)[0])
    page.get_by_role("button", name="Yes, confirm").click()
    page.wait_for_url("**/cuts/**")
    return User.objects.get(email="nora@example.com")


def probe(cut, song) -> None:
    """What is stored is a clip that plays: as long as it says, with the music of its bucket, as loud as every clip."""
    assert cut.track == song
    with storing.local_copy(cut.video) as path:
        with av.open(str(path), format="mp4") as clip:
            video, music = clip.streams
            assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
            assert (music.codec_context.name, music.channels) == ("aac", 2)
            assert next(clip.decode(video)).width == SIZE[0]
            for stream in (video, music):
                assert abs(float(stream.duration * stream.time_base) - cut.duration_ms / 1000) < 0.1
        assert abs(sound.measure(path, ".mp4").integrated - sound.LOUDNESS) <= 2


@pytest.fixture
def recorder(site, monkeypatch):
    """Page views are noted; `flush()` stores them as the thread would."""
    monkeypatch.setattr(recording, "buffer", recording.Buffer(salts.turns()))
    return flusher.Flusher(recording.buffer)


def check_site_stats(ours, recorder, member) -> None:
    """Two people came: one from an assistant, who went all the way; one looked at a cut. Staff are not there."""
    assert recorder.flush()
    rollups.catch_up()
    facts.catch_up()
    ours.goto("/admin/site-stats/?period=7d")
    steps = ours.locator("#panel-sitestats-funnel .bar-head .num")
    expect(steps).to_have_text(["2 · 100.0%", *["1 · 50.0%"] * 4])
    expect(ours.locator("#panel-sitestats-funnel")).to_contain_text("Reconciled")
    sources = ours.locator("#panel-sitestats-top_sources tbody tr")
    told = [row.locator("th, td").all_inner_texts() for row in sources.all()]
    # Source, sessions, before, bounce, sign-ups, renders, top-ups, revenue (the welcome credit paid the cut)
    assert [row[:8] for row in told] == [
        ["AI assistant › ChatGPT", "1", "–", "0.0%", "1", "2", "1", "$0.00"],
        ["Direct", "1", "–", "100.0%", "0", "0", "0", "$0.00"],
    ]
    live = ours.locator("#panel-sitestats-live")
    live.scroll_into_view_if_needed()
    expect(live.locator("tbody th").last).to_have_text("/")
    seen = list(reversed(live.locator("tbody th").all_inner_texts()))
    assert (
        seen[:4] == ["/", "/make/", "/make/", "/cuts/…/"]
        and "/c/…/" in seen
        and not any("admin" in path for path in seen)
    )
    whose = live.locator("tbody tr", has_text="/me/").locator("td[data-label=User]")
    assert set(whose.all_inner_texts()) == {member.email}
    live.locator("tbody tr", has_text="/make/").last.get_by_role("link", name="What session").click()
    expect(ours.locator("main")).to_contain_text("A cut was asked for")
    expect(ours.locator("main")).to_contain_text("Topped up")


def test_it_works(open_page, recorder, stripe, song, small, owner):  # noqa: F811
    make_poem()
    make_picture()
    page = open_page("/?utm_source=chatgpt.com", agent=FIREFOX)
    page.get_by_role("link", name="Make one now").click()
    cut = make_one(page)
    probe(cut, song)

    page.get_by_role("button", name="Whoever has the link").click()
    address = page.get_by_label("Its address").input_value()
    stranger = open_page(re.sub(r"https?://[^/]+", "", address), agent=IPHONE)
    expect(stranger.get_by_role("heading", name="Harbour kitchen")).to_be_visible()
    expect(stranger.locator(".cta-banner")).to_be_visible()

    member = sign_up_from_the_result(page)
    cut.refresh_from_db()
    assert (cut.owner, cut.visitor, cut.price) == (member, None, 0)

    top_up_20(page)
    stripe.deliver()
    paid = make_one(page)
    assert (paid.owner, paid.charged) == (member, paid.price) and paid.price > 0
    assert paid.video != cut.video
    probe(paid, song)
    page.goto("/me/")
    expect(page.locator(".cut-card")).to_have_count(2)

    ours = open_page("/admin/cuts/", as_user=owner)
    row = ours.locator(f"#cut-{paid.pk}")
    expect(row).to_contain_text("$0.10")
    row.get_by_role("link", name="Harbour kitchen").click()
    money = ours.get_by_role("region", name="What it brought and cost").locator("dd")
    # Service, charge, of it promotional (the welcome credit goes first), cost, margin
    figures = ["Lite", "$0.10", "$0.10", "$0.00", "$0.00"]
    assert [text.split()[0].rstrip(",") for text in money.all_inner_texts()] == figures
    expect(ours.locator("main")).to_contain_text("Still harbour")
    ours.get_by_role("link", name="Transaction").click()
    expect(ours.locator("main")).to_contain_text("lite_render")
    check_site_stats(ours, recorder, member)
    assert checks.run() == []
