"""The Curated Library in a real browser: files show before they go, go one by one, and each says what became of it."""

import pytest
from playwright.sync_api import expect

from catalog.models import Asset
from files.tests import make
from tests.browser.test_pages import settled


@pytest.fixture
def chosen(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    files = {"sea.png": make.png((800, 600)), "evil.svg": b"<svg onload=alert(1)>", "rain.wav": make.wav()}
    types = {"png": "image/png", "svg": "image/svg+xml", "wav": "audio/wav"}
    return [{"name": name, "mimeType": types[name[-3:]], "buffer": data} for name, data in files.items()]


def test_files_are_chosen_seen_sent_and_listed(open_page, faultless, marketer, chosen):
    page = settled(open_page("/admin/library/", as_user=marketer))
    form, rows = page.locator("[data-uploads]"), page.locator(".uploads li")
    expect(form.locator("[data-chosen]")).to_have_text("No file selected")
    empty = {"name": "empty.png", "mimeType": "image/png", "buffer": b""}  # nothing to see: the icon stays
    form.locator("input[type=file]").set_input_files([*chosen, empty])
    expect(form.locator("[data-chosen]")).to_have_text("3 files to upload")
    expect(rows.nth(0).locator(".thumb img")).to_be_visible()
    expect(rows.nth(2).locator("audio")).to_be_visible()
    expect(rows.nth(3)).to_contain_text("The file is empty.")
    expect(rows.nth(3).locator(".thumb > svg")).to_be_visible()
    page.get_by_role("button", name="Leave out empty.png").click()
    expect(rows).to_have_count(3)
    form.get_by_label("Tags").fill("kept, blue")
    form.get_by_label("Curated public pool").check()
    faultless(page)

    sent = []  # the first time there is no turn; the page comes again by itself
    no_turn = {"status": 503, "headers": {"Retry-After": "1"}}
    page.route(
        "**/upload/", lambda route: route.continue_() if sent else sent.append(route) or route.fulfill(**no_turn)
    )
    form.get_by_role("button", name="Upload", exact=True).click()
    expect(page.locator(".toast", has_text="2 of 3 added.")).to_be_visible(timeout=30_000)
    assert len(sent) == 1
    expect(rows.nth(0)).to_contain_text("Added as as_")
    expect(rows.nth(1)).to_contain_text("SVG pictures can carry programs")
    expect(form.locator("[data-chosen]")).to_have_text("2 of 3 added")
    assert form.get_by_label("Tags").input_value() == "kept, blue"
    cards = page.locator(".asset")
    expect(cards).to_have_count(2)
    expect(cards.nth(1).locator("img")).to_have_js_property("complete", True)
    assert set(Asset.objects.values_list("curated", flat=True)) == {True}
    page.errors[:] = [error for error in page.errors if not {"422", "503"} & set(error.split())]

    cards.filter(has_text="sea").get_by_role("button", name="Retire").click()
    expect(cards).to_have_count(1)
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(cards).to_have_count(2)
    page = settled(open_page(f"/admin/library/{Asset.objects.get(kind='image').code}/", as_user=marketer, phone=True))
    assert page.locator(".viewer img").evaluate("image => image.naturalWidth") == 800
    faultless(page)


def test_it_works_without_javascript(open_page, member, chosen):
    page = open_page("/me/assets/", as_user=member, javascript=False)
    page.locator("input[type=file]").set_input_files(chosen[:1])
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_text("One file added.")).to_be_visible()
    expect(page.locator(".asset")).to_contain_text(Asset.objects.get(owner=member).code)


def test_members_see_their_uploads_come_and_go(open_page, faultless, member, chosen):
    page = settled(open_page("/me/assets/", as_user=member))
    page.locator("input[type=file]").set_input_files(chosen[2:])
    page.get_by_role("button", name="Upload", exact=True).click()
    card = page.locator(".asset")
    expect(card).to_contain_text("rain", timeout=30_000)
    card.get_by_role("button", name="Delete").click()
    expect(card).to_have_count(0)
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(card).to_have_count(1)
    faultless(page)
