"""The music pool in a real browser: tracks are heard and decided by keys, and files go up one by one."""

import io

import pytest
from playwright.sync_api import expect

from files.tests.make import wav
from musicpool import tracks
from musicpool.models import Track
from tests.browser.chromium import until

PAGE = "/admin/music/calm/piano/"


@pytest.fixture
def pool(settings, tmp_path, committed_db):
    settings.MEDIA_ROOT = str(tmp_path)
    for title, tone in (("First", 440), ("Second", 550)):
        tracks.add(io.BytesIO(wav(3, tone)), "calm", "piano", title=title, loudness=-16.0)


def test_keys_play_approve_and_reject(open_page, faultless, owner, pool):
    page = open_page(PAGE, as_user=owner)
    rows = page.locator("[data-track]")
    expect(rows).to_have_count(2)
    rows.nth(0).get_by_role("link").focus()
    page.keyboard.press("Space")
    until(page, "!document.querySelectorAll('audio')[0].paused")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    until(page, "document.querySelectorAll('audio')[0].paused && !document.querySelectorAll('audio')[1].paused")
    page.keyboard.press("a")
    expect(rows.nth(1).get_by_text("Approved", exact=True)).to_be_visible()
    expect(rows.nth(1).get_by_role("link")).to_be_focused()  # the hand stays where it was
    page.keyboard.press("k")
    page.keyboard.press("r")
    expect(rows.nth(0).get_by_text("Rejected", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(rows.nth(0).get_by_text("Pending", exact=True)).to_be_visible()
    assert list(Track.objects.order_by("-pk").values_list("state", flat=True)) == ["pending", "approved"]
    faultless(page)


def test_files_go_up_one_by_one(open_page, faultless, owner, pool):
    page = open_page(PAGE, as_user=owner, phone=True)
    files = [("third.wav", wav(0.4, 300)), ("song.mp3", b"<svg xmlns='http://www.w3.org/2000/svg'/>")]
    page.locator("input[name=files]").set_input_files(
        [{"name": name, "mimeType": "audio/wav", "buffer": data} for name, data in files]
    )
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_text("Added as")).to_be_visible()
    expect(page.get_by_text("SVG pictures can carry programs")).to_be_visible()
    expect(page.locator("[data-track]")).to_have_count(3)
    page.errors[:] = [error for error in page.errors if "422" not in error]  # the browser's own word for the refusal
    page.goto("/admin/music/")
    expect(page.locator(f"a[href='{PAGE}']")).to_be_visible()
    faultless(page)
