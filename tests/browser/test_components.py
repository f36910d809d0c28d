"""The components at work in a real browser, on the gallery page."""

import re
import time

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import expect

from tests.browser.test_pages import settled

pytestmark = pytest.mark.usefixtures("gallery")
PAGE = "/admin/gallery/"


@pytest.fixture
def people(committed_db):
    get_user_model().objects.bulk_create(
        get_user_model()(email=f"ada{i:02}@example.com", name=f"Ada {i:02}") for i in range(20)
    )


def panel(page, name):
    return page.locator(f"#panel-gallery-{name}")


def forgive(page, *words):
    """Take out the errors that this test provoked."""
    page.errors[:] = [error for error in page.errors if not any(word in error for word in words)]


@pytest.mark.parametrize(("theme", "phone"), [("light", False), ("dark", True)], ids=["light-wide", "dark-phone"])
@pytest.mark.parametrize("path", [PAGE, f"{PAGE}customer/", "/admin/search/?q=zzz", "/nowhere/"])
def test_no_page_has_a_fault(open_page, owner, people, faultless, gallery, path, theme, phone):
    page = settled(open_page(path, as_user=owner, theme=theme, phone=phone))
    forgive(page, "404")
    faultless(page)


def test_nothing_hangs_over_at_320_px(open_page, owner, people, faultless, gallery):
    page = open_page(PAGE, as_user=owner, phone=True)
    page.set_viewport_size({"width": 320, "height": 640})
    faultless(page)


def test_a_failed_panel_keeps_its_place_and_tries_again(open_page, owner, gallery):
    gallery["broken"] = 0
    page = open_page(PAGE, as_user=owner)
    broken = panel(page, "broken")
    expect(broken.get_by_role("heading", name="This panel did not load")).to_be_visible()
    expect(broken).to_contain_text("Something went wrong on our side. Request")
    expect(panel(page, "facts")).to_contain_text("acct_1PoemVision")
    expect(broken.get_by_role("alert")).to_contain_text("Broken: This panel did not load")
    broken.get_by_role("button", name="Try again").press("Enter")
    expect(broken.get_by_role("button", name="Try again")).to_be_enabled()
    expect(broken.get_by_role("button", name="Try again")).to_be_focused()
    page.keyboard.press("Enter")
    expect(broken).to_contain_text("No invite codes yet")
    expect(page.get_by_role("heading", name="Broken")).to_be_focused()
    forgive(page, "500")


def test_a_failing_panel_can_be_read_by_everybody(open_page, owner, faultless, gallery):
    gallery["broken"] = 0
    page = open_page(PAGE, as_user=owner)
    faultless(page)
    forgive(page, "500")


def test_filtering_keeps_focus_and_writes_the_address(open_page, owner, people):
    page = open_page(f"{PAGE}?period=7d", as_user=owner)
    field = panel(page, "people").get_by_role("searchbox")
    field.press_sequentially("ada1", delay=60)
    expect(panel(page, "people").locator("tbody tr")).to_have_count(8)
    expect(panel(page, "people").locator(".pager p")).to_have_text("10 rows")
    expect(page.locator("#q-panel-gallery-people")).to_be_focused()
    expect(page.locator("#q-panel-gallery-people")).to_have_value("ada1")
    page.wait_for_url(re.compile(r"\?period=7d&people\.q=ada1$"))
    page.reload()
    expect(page.locator("#q-panel-gallery-people")).to_have_value("ada1")
    panel(page, "people").get_by_role("link", name="Remove the filter Search: ada1").click()
    page.wait_for_url(re.compile(r"\?period=7d$"))
    expect(page.locator("#q-panel-gallery-people")).to_have_value("")


def slowly(route):
    time.sleep(0.3)
    route.continue_()


def test_letters_typed_while_the_answer_is_on_its_way_are_kept(open_page, owner, people):
    page = open_page(PAGE, as_user=owner)
    page.route("**/panels/people/?*", slowly)
    field = page.locator("#q-panel-gallery-people")
    with page.expect_request("**/panels/people/?*"):
        field.press_sequentially("ada")
    field.press_sequentially("15")  # while the first answer is on its way
    expect(panel(page, "people").locator("tbody tr")).to_have_count(1)
    expect(page.locator("#q-panel-gallery-people")).to_have_value("ada15")


def test_a_letter_typed_right_after_the_answer_is_searched_for(open_page, owner, people):
    page = open_page(PAGE, as_user=owner)
    page.evaluate("""() => document.addEventListener("htmx:afterSwap", () => setTimeout(() => {
      const field = document.getElementById("q-panel-gallery-people");
      if (field.value !== "ada") return;
      field.value = "ada15";
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }))""")
    page.locator("#q-panel-gallery-people").press_sequentially("ada")
    expect(panel(page, "people").locator("tbody tr")).to_have_count(1)
    expect(page.locator("#q-panel-gallery-people")).to_have_value("ada15")


def test_back_and_forward_follow_chips_and_pages(open_page, owner, people):
    page = open_page(PAGE, as_user=owner)
    panel(page, "people").get_by_role("link", name="Staff").click()
    page.wait_for_url(re.compile(r"people\.role=staff"))
    expect(panel(page, "people").locator("tbody tr")).to_have_count(1)
    page.go_back()
    expect(panel(page, "people").locator("tbody tr")).to_have_count(8)
    page.go_forward()
    expect(panel(page, "people").locator("tbody tr")).to_have_count(1)


def test_sorting_tells_the_direction(open_page, owner, people):
    page = open_page(PAGE, as_user=owner)
    head = panel(page, "people").get_by_role("columnheader", name="User")
    head.get_by_role("link").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(panel(page, "people").locator("tbody th").first).to_contain_text("Ada 00")


def test_a_phone_sorts_by_a_select(open_page, owner, people):
    page = open_page(PAGE, as_user=owner, phone=True)
    panel(page, "people").get_by_label("Sort by").select_option("-user")
    expect(panel(page, "people").locator("tbody th").first).to_contain_text("owner@poemvision.example")


def test_a_filter_that_finds_nothing_says_so_and_clears(open_page, owner, people):
    page = open_page(f"{PAGE}?people.q=zzz", as_user=owner)
    expect(panel(page, "people")).to_contain_text("Nobody matches")
    panel(page, "people").get_by_role("link", name="Clear the filter").click()
    expect(panel(page, "people").locator("tbody tr")).to_have_count(8)
    expect(page.locator("#q-panel-gallery-people")).to_have_value("")


def test_a_selection_has_its_bar_and_holds_back_a_refresh(open_page, owner, people):
    page = open_page(PAGE, as_user=owner)
    rows = panel(page, "people")
    rows.locator("tbody .chk input").first.check()
    expect(rows.get_by_role("button", name="Suspend 1")).to_be_visible()
    rows.get_by_label("Select all on this page").check()
    expect(rows.locator(".bulk strong")).to_have_text("8 selected")
    page.evaluate("htmx.trigger(document.body, 'gallery-changed')")
    page.wait_for_timeout(400)
    expect(rows.locator(".bulk strong")).to_have_text("8 selected")
    with page.expect_response("**/panels/people/"):
        rows.get_by_role("button", name="Clear").click()


def test_columns_are_chosen_and_the_file_follows(open_page, owner, people):
    page = open_page(PAGE, as_user=owner)
    rows = panel(page, "people")
    rows.get_by_role("button", name="Columns").click()
    rows.get_by_role("checkbox", name="Role").uncheck()
    expect(rows.locator("th.col-role")).to_be_hidden()
    expect(rows.get_by_role("link", name="CSV")).to_have_attribute("href", re.compile("hide=role"))
    page.reload()
    expect(rows.locator("th.col-role")).to_be_hidden()


def test_a_refused_form_comes_back_in_place(open_page, owner, gallery, faultless):
    page = open_page(PAGE, as_user=owner)
    form = panel(page, "grant")
    form.get_by_label("Amount").fill("NaN")
    form.get_by_role("button", name="Grant").click()
    expect(form.locator(".errors")).to_be_focused()
    expect(form.get_by_label("Amount")).to_have_value("NaN")
    expect(form.get_by_label("Amount")).to_have_attribute("aria-invalid", "true")
    expect(form.locator("#e-grant-amount")).to_have_text("Enter an amount in dollars, such as 12.50.")
    form.locator(".errors a").first.click()
    expect(form.get_by_label("Amount")).to_be_focused()
    forgive(page, "422")
    faultless(page)


def test_an_accepted_form_refreshes_the_panels(open_page, owner, gallery):
    page = open_page(PAGE, as_user=owner)
    form = panel(page, "grant")
    form.get_by_label("Amount").fill("5")
    form.get_by_label("Reason").fill("A gift")
    with page.expect_response("**/panels/facts/"):
        form.get_by_role("button", name="Grant").click()
    expect(page.locator(".toast")).to_contain_text("Granted.")
    expect(page.locator("#live")).to_have_text("Granted.")
    expect(form.get_by_label("Reason")).to_have_value("")
    assert [str(amount) for amount in gallery["grants"]] == ["5"]


def test_a_half_filled_form_is_not_refreshed_under_the_hand(open_page, owner):
    page = open_page(PAGE, as_user=owner)
    form = panel(page, "grant")
    form.get_by_label("Reason").fill("Half a sent")
    page.evaluate("htmx.trigger(document.body, 'gallery-changed')")
    page.wait_for_timeout(400)
    expect(form.get_by_label("Reason")).to_have_value("Half a sent")
    with page.expect_response("**/panels/grant/"):
        form.get_by_role("button", name="Discard").click()


def test_a_switch_that_could_not_be_saved_turns_back(open_page, owner):
    page = open_page(PAGE, as_user=owner)
    switch = panel(page, "rules").get_by_label("Block AI scanners")
    switch.click()
    expect(page.locator(".toast")).to_contain_text("Not saved: Not today. The switch is back where it was.")
    expect(switch).not_to_be_checked()
    forgive(page, "409")


def test_undo_waits_and_works(open_page, owner, gallery):
    page = open_page(PAGE, as_user=owner)
    page.locator(".panel", has_text="More pieces").get_by_role("button", name="Suspend").click()
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Bram de Vries suspended.")
    page.wait_for_timeout(6500)
    expect(toast).to_be_visible()
    with page.expect_response("**/gallery/switch/") as answer:
        toast.get_by_role("button", name="Undo").click()
    assert answer.value.status == 204


def test_what_cannot_be_undone_wants_the_name(open_page, owner, gallery, faultless):
    page = open_page(PAGE, as_user=owner)
    page.get_by_role("button", name="Delete…").click()
    dialog = page.locator("dialog#remove-ada")
    expect(dialog.get_by_role("button", name="Delete")).to_be_disabled()
    faultless(page)
    dialog.get_by_label("Type “ada@example.com” to confirm").fill("ada@example.com")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog).to_be_hidden()


def test_the_palette_finds_sections_and_people(open_page, owner, people, gallery, faultless):
    page = open_page(PAGE, as_user=owner)
    page.keyboard.press("Control+k")
    field = page.locator("#palette-q")
    expect(field).to_be_focused()
    field.fill("ada 07")
    expect(page.get_by_role("option", name="Ada 07")).to_be_visible()
    faultless(page)
    field.fill("users")
    expect(page.get_by_role("option", name="Users")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_keys_work_and_can_be_switched_off(open_page, owner, gallery, faultless):
    page = open_page(PAGE, as_user=owner)
    page.keyboard.press("?")
    keys = page.locator("#keys")
    expect(keys).to_be_visible()
    faultless(page)
    keys.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(keys).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#q-panel-gallery-people")).not_to_be_focused()


def test_j_and_k_walk_the_rows(open_page, owner, people, gallery):
    page = open_page(PAGE, as_user=owner)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(panel(page, "people").locator("tbody tr").nth(1).locator(".chk input")).to_be_checked()


def test_a_chart_answers_the_keyboard(open_page, owner, gallery):
    page = open_page(f"{PAGE}?period=7d", as_user=owner)
    plot = panel(page, "trend").locator(".plot")
    plot.focus()
    page.keyboard.press("Home")
    expect(panel(page, "trend").locator(".tip")).to_contain_text("Revenue$220.00")
    expect(page.locator("#live")).to_contain_text("Revenue $220.00, Cost $73.33")
    page.keyboard.press("Escape")
    expect(panel(page, "trend").locator(".tip")).to_be_hidden()


def test_the_theme_changes_at_once_and_stays(open_page, owner, gallery):
    page = open_page(PAGE, as_user=owner)
    page.get_by_role("button", name="Theme: light").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()


def test_the_sidebar_slides_in_on_a_phone(open_page, owner, gallery, faultless):
    page = open_page(PAGE, as_user=owner, phone=True)
    expect(page.locator(".side")).to_be_hidden()
    page.get_by_role("button", name="Sections").click()
    expect(page.get_by_role("link", name="Users")).to_be_visible()
    page.wait_for_timeout(300)
    faultless(page, but=("landmark-one-main", "page-has-heading-one"))  # the page behind it is inert
    page.keyboard.press("Escape")
    expect(page.locator(".side")).to_be_hidden()
    expect(page.get_by_role("button", name="Sections")).to_be_focused()


def test_the_demo_banner_goes_away(open_page, owner, gallery):
    page = open_page(PAGE, as_user=owner)
    page.get_by_role("button", name="Hide this notice").click()
    expect(page.locator(".demo")).to_have_count(0)
    page.reload()
    expect(page.locator(".demo")).to_have_count(0)


def test_without_javascript_each_panel_is_a_link_to_its_page(open_page, owner, people):
    page = open_page(f"{PAGE}bare/", as_user=owner, javascript=False)
    page.get_by_role("link", name="Open “Customers”").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("People")
    page.get_by_role("searchbox").fill("ada1")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(8)
    page.get_by_role("link", name="Next").click()
    expect(page.locator("tbody tr")).to_have_count(2)


def test_the_layout_stays_still_and_the_page_is_light(open_page, owner, people, gallery):
    page = open_page("/nowhere/", as_user=owner)
    forgive(page, "404")
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => {"
        " if (!entry.hadRecentInput) window.shift += entry.value; })).observe({type: 'layout-shift', buffered: true})"
    )
    weights = []
    page.on(
        "response",
        lambda answer: weights.append(len(answer.body())) if answer.request.resource_type == "document" else None,
    )
    page.goto(PAGE)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shift") <= 0.05
    assert sum(weights) <= 60_000


def test_days_are_those_of_the_calendar(open_page, owner, gallery):
    page = open_page(PAGE, as_user=owner)
    page.clock.install(time="2026-11-27T12:12:00Z")  # 21:12 in Tokyo
    page.reload()
    moments = ["2026-11-28T15:00:00Z", "2026-11-28T14:59:00Z", "2026-11-25T15:01:00Z", "2026-11-27T15:00:00Z"]
    page.evaluate(
        """moments => {
          document.querySelector("[data-zone]").dataset.zone = "Asia/Tokyo";
          const times = moments.map((at) => `<time datetime="${at}" data-relative></time>`);
          document.getElementById("main").innerHTML = times.join("");
        }""",
        moments,
    )
    page.clock.run_for(60_000)
    told = page.locator("time[data-relative]").all_inner_texts()
    assert told == ["in 2 days", "tomorrow", "yesterday", "in 3 hours"]
