"""Live activity: what follows by itself goes on after a failure, and does not take the keyboard away."""

from django.utils import timezone
from playwright.sync_api import expect

from sitestats.tests.make import make_traffic
from sitestats.tests.test_page_views import keep, recorder, view  # noqa: F401 (a fixture)

LIVE = "**/sitestats/panels/live/**"
FOLLOWS_EVERY = 5_000  # milliseconds


def test_it_goes_on_after_failures_and_holds_the_focus(open_page, owner):
    page = open_page("/admin/site-stats/?traffic=all", as_user=owner)
    page.clock.install()
    page.reload()
    panel = page.locator("#panel-sitestats-live")
    panel.scroll_into_view_if_needed()
    expect(panel.get_by_role("link", name="Paused")).to_be_visible()
    page.route(LIVE, lambda route: route.abort())
    fails_twice(page)
    expect(page.locator("#toasts")).to_contain_text("It keeps trying")
    fails_twice(page)
    expect(page.locator("#toasts")).not_to_contain_text("It keeps trying")
    old = panel.get_by_text("Not updated since")
    expect(old).to_be_visible()
    page.unroute(LIVE)
    page.errors.clear()  # of those that failed
    for name in ("Paused", "CSV"):
        panel.get_by_role("link", name=name).focus()
        with page.expect_response(LIVE):
            page.clock.run_for(FOLLOWS_EVERY)
        page.clock.run_for(500)
        expect(panel.get_by_role("link", name=name)).to_be_focused()
        expect(old).to_have_count(0)


def test_the_focus_stays_with_its_row_when_a_view_comes(open_page, owner):
    make_traffic()
    page = open_page("/admin/site-stats/?traffic=all", as_user=owner)
    page.clock.install()
    page.reload()
    panel = page.locator("#panel-sitestats-live")
    panel.scroll_into_view_if_needed()
    rows = panel.locator("tbody tr")
    expect(rows.nth(1)).to_be_visible()
    number = rows.count()
    held = rows.nth(1).get_attribute("id")
    rows.nth(1).get_by_role("link", name="What session").focus()
    keep(view(timezone.now().timestamp(), 70))
    with page.expect_response(LIVE):
        page.clock.run_for(FOLLOWS_EVERY)
    expect(rows).to_have_count(number + 1)
    assert rows.nth(2).get_attribute("id") == held
    expect(page.locator(f'[id="{held}"] a.id')).to_be_focused()


def test_a_filter_chosen_by_keyboard_keeps_the_focus(open_page, owner):
    page = open_page("/admin/site-stats/", as_user=owner)
    chip = page.get_by_role("group", name="Whose views").get_by_role("link", name="Bots")
    chip.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**traffic=bot**")
    expect(chip).to_be_focused()
    dates = page.locator(".period summary")
    dates.press("Enter")
    page.get_by_label("From").press("Escape")
    expect(page.get_by_label("From")).to_be_hidden()
    expect(dates).to_be_focused()


def fails_twice(page):
    for _ in range(2):
        with page.expect_event("requestfailed"):
            page.clock.run_for(FOLLOWS_EVERY)


FAILURES = """() => {
  const told = [], plain = { getResponseHeader: () => "text/plain", responseText: "" };
  document.addEventListener("toast", (event) => told.push(event.detail.text));
  const say = (name, elt, more) => elt.dispatchEvent(
    new CustomEvent(name, { bubbles: true, detail: { elt, target: elt, requestConfig: {}, xhr: plain, ...more } }));
  const asks = (trigger) => {
    const elt = document.createElement("p");
    elt.setAttribute("hx-trigger", trigger);
    document.body.append(elt);
    return elt;
  };
  const fails = (elt, responseText = "") => say("htmx:responseError", elt, { xhr: { ...plain, responseText } });
  const often = asks("every 2s");
  fails(often);
  say("htmx:afterOnLoad", often, { successful: true });
  fails(often);
  told.push("twice in a row:");
  fails(often, "You may not see this.");
  fails(often);
  told.push("once for all:");
  fails(asks("load"));
  return told;
}"""


def test_failures_in_a_row_are_told_once_and_what_asks_once_at_once(open_page, owner):
    assert open_page("/admin/", as_user=owner).evaluate(FAILURES) == [
        "twice in a row:",
        "You may not see this.",
        "once for all:",
        "That did not work. Try again in a moment.",
    ]


FOCUS = """() => {
  const panel = document.querySelector("main").appendChild(document.createElement("section"));
  const fill = () => {
    panel.innerHTML = "<h2>List</h2><div class=toolbar><input name=q><input name=day></div><input name=HELD>";
  };
  return ["", "day"].map((name) => {
    fill();
    panel.lastChild.name = name;
    panel.lastChild.focus();
    const say = (event, detail) => document.dispatchEvent(new CustomEvent(event, { detail }));
    say("htmx:beforeSwap", { target: panel, shouldSwap: true, requestConfig: {}, xhr: {} });
    fill();
    say("htmx:afterSettle", { target: panel });
    return document.activeElement.name || document.activeElement.tagName;
  });
}"""


def test_the_focus_goes_to_the_field_of_the_same_name(open_page, owner):
    assert open_page("/admin/", as_user=owner).evaluate(FOCUS) == ["H1", "day"]
