"""Content pages in a browser: previews while one types, drafts that survive, order by keyboard, no fault anywhere."""

import pytest
from playwright.sync_api import expect

from catalog import queries, starter_poems
from ctas.models import Slot
from studio.models import Document
from tests.browser.test_pages import LOOKS, settled

PREVIEW_ERROR = "no token here"


@pytest.mark.parametrize(("theme", "phone"), LOOKS)
def test_pages_have_no_fault(open_page, faultless, owner, theme, phone):
    starter_poems.seed(by=owner)
    page = open_page("/admin/ctas/", as_user=owner, phone=phone, theme=theme)
    faultless(settled(page))
    for path in ("/admin/catalog/", "/admin/documents/terms/"):
        page.goto(path)
        faultless(settled(page))


def test_texts_are_previewed_kept_as_a_draft_and_saved(open_page, owner):
    page = settled(open_page("/admin/ctas/", as_user=owner))
    text, hero = page.locator("#slot-primary textarea"), page.locator("[data-placement=home_hero]")
    text.fill("Come in, {credits} await")
    expect(page.locator("#preview-primary")).to_contain_text(PREVIEW_ERROR)
    text.fill("Come in, {credit} await")
    for place in ("my_cuts_sheet", "desktop_wall", "home_hero"):
        expect(page.locator(f"[data-placement={place}]")).to_contain_text("Come in, $1.00 await")
    expect(page.locator("#preview-primary")).to_have_text("Come in, $1.00 await")
    page.locator("#slot-conversion [role=switch]").uncheck()
    expect(page.locator("[data-placement=share_banner]")).to_contain_text("Shows nothing")

    page.reload()
    expect(text).to_have_value("Come in, {credit} await")
    expect(hero).to_contain_text("Come in, $1.00 await")
    expect(page.locator("[data-draft-note]")).to_contain_text("Your draft is back")
    page.get_by_role("button", name="Save all").click()
    expect(page.locator(".toast")).to_contain_text("Saved: ")
    assert Slot.objects.get(key="primary").text == "Come in, {credit} await"
    assert not Slot.objects.get(key="conversion").enabled
    page.reload()
    expect(page.locator("[data-draft-note]")).to_be_hidden()

    page.locator("#panel-ctas-history").get_by_role("button", name="Use version 1 of Primary again").press("Enter")
    expect(text).to_have_value("Create your account with {credit} of credit")
    expect(page.locator("#panel-ctas-history button:focus")).to_have_text("Use again")

    text.fill("Come in, {credits} await")
    page.get_by_role("button", name="Save all").press("Enter")
    expect(page.locator("#panel-ctas-slots .errors")).to_be_focused()
    page.errors[:] = [error for error in page.errors if "422" not in error]


def test_a_conflict_keeps_both_texts(open_page, owner):
    page = open_page("/admin/documents/terms/", as_user=owner)
    text = page.locator("#document-text")
    text.fill("# Mine\n\nShort.")
    expect(page.locator("#document-preview h2").first).to_have_text("Mine")
    Document.objects.filter(pk="terms").update(text="Theirs", version=2)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#document")).to_contain_text("Theirs")
    expect(text).to_have_value("# Mine\n\nShort.")
    page.errors[:] = [error for error in page.errors if "409 (Conflict)" not in error]
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("is saved")
    assert Document.objects.get(pk="terms").version == 3
    text.fill("# Mine\n\nLonger.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[name=version]")).to_have_value("4")


def test_order_by_keyboard_and_undo(open_page, owner):
    starter_poems.seed(by=owner)
    page = settled(open_page("/admin/catalog/", as_user=owner))
    rows = page.locator("#panel-catalog-listed_poems tbody tr")
    page.get_by_label("Move “Last Tram” down").focus()
    page.keyboard.press("Enter")
    expect(rows.nth(2)).to_contain_text("Last Tram")
    expect(page.get_by_label("Move “Last Tram” down")).to_be_focused()
    page.keyboard.press("Enter")
    expect(rows.nth(3)).to_contain_text("Last Tram")
    page.get_by_role("button", name="Remove “Last Tram”").press("Enter")
    expect(rows).to_have_count(4)
    expect(rows.nth(3).get_by_role("button", name="Remove")).to_be_focused()
    page.locator(".toast", has_text="Last Tram").get_by_role("button", name="Undo").click()
    expect(rows.nth(3)).to_contain_text("Last Tram")
    assert [poem.title for poem in queries.public_poems()][3] == "Last Tram"
    status = page.locator("#panel-catalog-catalog_status")
    expect(status).to_contain_text("Poems")
    page.get_by_role("button", name="Reload").click()
    expect(status).to_contain_text("There is no image to pick")
    page.get_by_label("Asset IDs").fill("as_nobody")
    page.get_by_role("button", name="Add images").click()
    expect(page.locator(".report")).to_contain_text("as_nobody is unknown")
    expect(page.locator(".report")).to_be_focused()
