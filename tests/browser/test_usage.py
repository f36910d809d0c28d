"""Poem & Usage Analytics in a real browser: a figure opens as many cuts; minutes by hand are said by who may."""

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from accounting.usage import rollups
from studio.tests.make import make_cut
from tests.browser.test_pages import on_a_dark_phone, on_a_desk, settled


def test_a_figure_opens_its_cuts_and_finance_changes_nothing(open_page, faultless, accountant, marketer, member):
    at = timezone.now() - timedelta(days=3)
    took = {"created_at": at, "queued_at": at, "started_at": at, "finished_at": at + timedelta(minutes=2)}
    for language in ("en", "en", "de"):
        make_cut(owner=member, language=language, **took)
    make_cut(owner=member, state="failed", error="The music would not come.", **took)
    rollups.catch_up()
    page = open_page("/admin/usage/?part=language", as_user=accountant)
    _minutes(page)
    expect(page.get_by_text("2.9 h", exact=True).first).to_be_visible()
    assert not page.get_by_role("button", name="Change…").count()
    faultless(page)
    faultless(on_a_dark_phone(page))
    page.get_by_role("link", name="Failures by reason", exact=True).click()
    chosen = page.locator(".chips [aria-current]", has_text="Failures by reason")
    expect(chosen).to_be_in_viewport(ratio=1)
    on_a_desk(page)
    page.get_by_role("link", name=re.compile("^3 Cuts made")).focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Cuts made: 3")
    expect(page.get_by_label("Cuts, table").locator("tbody tr")).to_have_count(3)
    faultless(page)
    page.go_back()
    settled(page).get_by_role("link", name="Language", exact=True).click()
    page.get_by_label("Language, table").get_by_role("row", name="en").get_by_role("link").click()
    expect(page.locator("h1")).to_contain_text("Cuts asked for: 3")
    page = open_page("/admin/usage/", as_user=marketer)
    _minutes(page).get_by_role("button", name="Change…").click()
    for label, typed in (
        ("At least (min)", "10"),
        ("At most (min)", "30"),
        ("Where this comes from", "Ten people, timed"),
    ):
        page.get_by_label(label).fill(typed)
    page.get_by_role("button", name="Hold from now on").click()
    expect(_minutes(page).get_by_text("Ten people, timed")).to_be_visible()


def _minutes(page):
    """The panel of minutes by hand, which comes when it is scrolled to."""
    panel = page.get_by_role("region", name="Minutes by hand", exact=True)
    panel.scroll_into_view_if_needed()
    settled(page)
    return panel
