"""Live activity: what follows by itself goes on after a failure, and does not take the keyboard away."""

from playwright.sync_api import expect

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
    for _ in range(2):
        with page.expect_event("requestfailed"):
            page.clock.run_for(FOLLOWS_EVERY)
    expect(page.locator("#toasts")).to_contain_text("tried again by itself")
    page.unroute(LIVE)
    page.errors.clear()  # of the two that failed
    for name in ("Paused", "CSV"):
        panel.get_by_role("link", name=name).focus()
        with page.expect_response(LIVE):
            page.clock.run_for(FOLLOWS_EVERY)
        page.clock.run_for(500)
        expect(panel.get_by_role("link", name=name)).to_be_focused()
