"""The list of users in a browser: by keyboard, and with Back."""

import re

from playwright.sync_api import expect

from accounts.models import PlanOverride
from conftest import PASSWORD

ASKED = "console: Failed to load resource: the server responded with a status of 401 (Unauthorized)"


def test_a_column_is_added_by_keyboard_and_back_undoes_a_filter(open_page, owner):
    page = open_page("/admin/users/", as_user=owner)
    page.get_by_role("button", name="Columns").focus()
    page.keyboard.press("Enter")
    page.locator("#users-columns").get_by_role("link", name="Plan").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Plan")).to_be_visible()
    expect(page.get_by_role("button", name="Columns")).to_be_focused()
    page.get_by_label("Status", exact=True).select_option("suspended")
    page.wait_for_url(re.compile("status=suspended"))
    page.go_back()
    page.wait_for_url(re.compile(r"\?users\.columns=[^&]*$"))


def test_what_waited_for_a_password_is_not_asked_for_once_it_is_done(open_page, owner, member):
    page = open_page(f"/admin/users/{member.pk}/", as_user=owner)
    notice = page.locator("[data-until-done]")
    page.get_by_role("button", name="Change plan").first.click()
    page.locator("dialog[open]").get_by_label("Reason").fill("A jury member")
    page.locator("dialog[open]").get_by_role("button", name="Change plan").click()
    expect(page.locator("input[type=password]")).to_be_visible()
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(notice).to_contain_text("Do it once more")
    expect(page.locator("dialog[open]").get_by_label("Reason")).to_have_value("A jury member")
    page.locator("dialog[open]").get_by_role("button", name="Change plan").click()
    expect(notice).to_have_count(0)
    assert PlanOverride.objects.get(user=member).reason == "A jury member"
    page.errors.remove(ASKED)
