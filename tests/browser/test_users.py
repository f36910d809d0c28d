"""The list of users in a browser: by keyboard, and with Back."""

import re

from playwright.sync_api import expect


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
