"""A dangerous setting in the browser: seen, tried, gone back before the viewer's eyes; two admins at one setting."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from conftest import PASSWORD
from tests.browser.chromium import at_rest
from tunables import values
from tunables.models import Override

ASKED = "console: Failed to load resource: the server responded with a status of 401 (Unauthorized)"
CONFLICT = "console: Failed to load resource: the server responded with a status of 409 (Conflict)"


def test_a_dialog_comes_back_after_the_password_as_it_was_filled_in(open_page, owner, member):
    page = open_page(f"/admin/users/{member.pk}/", as_user=owner)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.locator("dialog[open]").get_by_label("Reason").fill("Asked for by mail")
    page.keyboard.press("Enter")
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog.get_by_label("Reason")).to_have_value("Asked for by mail")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.locator(".toast", has_text="The account is deleted.")).to_be_visible()
    page.reload()
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.errors.remove(ASKED)


def test_what_waited_for_the_password_goes_on(open_page, owner, member):
    """A form on its page is filled in again; a file comes and a lone button is pressed without being asked twice."""

    def prove(page):
        page.locator("input[type=password]").fill(PASSWORD)
        page.keyboard.press("Enter")

    page = open_page("/admin/invites/", as_user=owner)
    page.get_by_role("button", name="New codes…").click()
    page.locator("dialog[open]").get_by_label("Label").fill("Spring fair")
    page.get_by_role("button", name="Make codes").click()
    prove(page)
    page.errors.remove(ASKED)
    expect(page.locator("dialog[open]").get_by_label("Label")).to_have_value("Spring fair")
    page.get_by_role("button", name="Make codes").click()
    expect(page.locator("#panel-invites-codes")).to_contain_text("Spring fair")

    page = open_page("/admin/invites/", as_user=owner)
    page.get_by_role("link", name="CSV").click()
    with page.expect_download() as file:
        prove(page)
    assert "Spring fair" in file.value.path().read_text() and page.url.endswith("/admin/invites/")
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_role("button", name="Enable")).to_be_visible()

    page = open_page("/me/data/", as_user=member)
    page.get_by_role("button", name="Put my data together").click()
    prove(page)
    expect(page.locator(".notice", has_text="We are putting your data together.")).to_be_visible()


def test_a_trial_counts_down_and_two_at_once_see_both_values(open_page, owner, faultless):
    page = open_page("/account/reauthenticate/?next=/admin/security/", as_user=owner)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    row, size = page.locator("#tunable-session_hours"), page.viewport_size
    for width in (1300, 1024, 820, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert not page.locator(".scroll:has(.tunables)").evaluate("(table) => table.scrollWidth - table.clientWidth")
    page.set_viewport_size(size)
    row.get_by_label("session_hours").fill("400")
    row.get_by_role("button", name="Save session_hours").click()
    expect(row).to_contain_text("336 hours → 400 hours. Nobody would be signed out.")
    expect(row.get_by_role("button", name="Change for 10 minutes")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel-tunables-security_settings > .notice")).to_contain_text("336 hours again in 9:5")
    expect(page.locator("#panel-tunables-history")).to_contain_text("Return to 336")
    expect(row.get_by_role("button", name="Keep")).to_be_focused()
    faultless(page)
    Override.objects.update(reverts_at=timezone.now() + timedelta(seconds=2))
    page.evaluate("document.body.dispatchEvent(new CustomEvent('tunables-changed'))")  # and the rest by itself
    expect(row.get_by_label("session_hours")).to_have_value("336")
    expect(page.locator("[data-countdown]")).to_have_count(0)  # its end asks for the panels once more
    at_rest(page)

    values.change("lockout_minutes", "20", by=None)
    other = page.locator("#tunable-lockout_minutes")
    other.get_by_label("lockout_minutes").fill("30")
    other.get_by_role("button", name="Save lockout_minutes").click()
    expect(other).to_contain_text("it is now 20. You entered 30. Save again to have yours.")
    other.get_by_role("button", name="Save lockout_minutes").click()
    expect(other).not_to_contain_text("Save again")
    assert values.get("lockout_minutes") == 30
    page.errors.remove(CONFLICT)
