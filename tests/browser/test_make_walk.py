"""A visitor makes a cut, watches it, shares it, signs up, tops up and pays for another; staff see what it brought."""

import re
import shutil

import av
import pytest
from playwright.sync_api import expect

from accounts.models import User
from billing.tests.stripe_side import own_sandbox, work  # noqa: F401 (a fixture)
from files import storing
from files.tests.conftest import media  # noqa: F401 (a fixture)
from ledger import checks
from studio import easel
from studio.models import Cut
from studio.tests.make import make_picture, make_poem
from tests.browser.test_money_walk import stripe, top_up_20  # noqa: F401 (a fixture)

pytestmark = pytest.mark.timeout(300)
PASSWORD = "a long sentence about herons"


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Cuts are small; the second one is a copy of the first, which was really painted."""
    kept, really = tmp_path / "kept", easel.paint

    def paint(recipe, where, tell):
        if kept.exists():
            tell("Filming", 0.5)
            shutil.copytree(kept, where, dirs_exist_ok=True)
            names = {"video": "clip.mp4", "poster": "poster.jpg", "picture": "picture.png", "print_sheet": "print.jpg"}
            return easel.Made({name: where / file for name, file in names.items()}, 2000)
        made = really(recipe, where, tell)
        shutil.copytree(where, kept)
        return made

    monkeypatch.setattr(easel, "SIZE", (216, 270))
    monkeypatch.setattr(easel, "paint", paint)


def make_one(page) -> Cut:
    """Press the one button; watch the poem appear; see the clip play."""
    page.goto("/make/")
    page.get_by_role("button", name="Make it").click()
    page.wait_for_url("**/cuts/**")
    expect(page.locator(".poem-page")).to_contain_text("The kettle hums a harbour song")
    expect(page.locator(".poem-page .to-come")).to_have_count(0)  # it appears while one waits
    expect(page.get_by_role("progressbar")).to_be_visible()
    work()
    expect(page.locator("video.clip")).to_be_visible()
    page.wait_for_function("document.querySelector('video.clip').duration > 1")
    return Cut.objects.latest("pk")


def sign_up_from_the_result(page) -> User:
    page.locator(".cta-banner").get_by_role("link", name="Create your account").click()
    page.get_by_label("E-mail", exact=False).fill("nora@example.com")
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/cuts/**")
    return User.objects.get(email="nora@example.com")


def probe(cut) -> None:
    with storing.local_copy(cut.video) as path, av.open(str(path), format="mp4") as clip:
        video = clip.streams.video[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert abs(clip.duration / 1000 - cut.duration_ms) < 500
        assert next(clip.decode(video)).width == 216


def test_it_works(open_page, stripe, media, small, owner):  # noqa: F811
    make_poem()
    make_picture()
    page = open_page("/")
    page.get_by_role("link", name="Make one now").click()
    cut = make_one(page)
    probe(cut)

    page.get_by_role("button", name="Whoever has the link").click()
    address = page.get_by_label("Its address").input_value()
    stranger = open_page(re.sub(r"https?://[^/]+", "", address))
    expect(stranger.get_by_role("heading", name="Harbour kitchen")).to_be_visible()
    expect(stranger.locator(".cta-banner")).to_be_visible()

    member = sign_up_from_the_result(page)
    cut.refresh_from_db()
    assert (cut.owner, cut.visitor, cut.price) == (member, None, 0)

    top_up_20(page)
    stripe.deliver()
    paid = make_one(page)
    assert (paid.owner, paid.charged) == (member, paid.price) and paid.price > 0
    page.goto("/me/")
    expect(page.locator(".cut-card")).to_have_count(2)

    ours = open_page("/admin/cuts/", as_user=owner)
    row = ours.locator(f"#cut-{paid.pk}")
    expect(row).to_contain_text("$0.10")
    row.get_by_role("link", name="Harbour kitchen").click()
    ours.get_by_role("link", name="Transaction").click()
    expect(ours.locator("main")).to_contain_text("lite_render")
    assert checks.run() == []
