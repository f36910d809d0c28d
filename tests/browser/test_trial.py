"""A dangerous setting in the browser: seen, tried, gone back before the viewer's eyes; two admins at one setting."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from conftest import PASSWORD
from tunables import values
from tunables.models import Override

CONFLICT = "console: Failed to load resource: the server responded with a status of 409 (Conflict)"


def test_a_trial_counts_down_and_two_at_once_see_both_values(open_page, owner, faultless):
    page = open_page("/account/reauthenticate/?next=/admin/security/", as_user=owner)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    row = page.locator("#tunable-session_hours")
    row.get_by_label("session_hours").fill("400")
    row.get_by_role("button", name="Save session_hours").click()
    expect(row).to_contain_text("336 hours → 400 hours. Nobody would be signed out.")
    expect(row.get_by_role("button", name="Change for 10 minutes")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel-tunables-security_settings > .notice")).to_contain_text("336 hours again in 9:5")
    expect(page.locator("#panel-tunables-history")).to_contain_text("Return to 336")
    faultless(page)
    Override.objects.update(reverts_at=timezone.now() + timedelta(seconds=2))
    page.evaluate("document.body.dispatchEvent(new CustomEvent('tunables-changed'))")  # and the rest by itself
    expect(row.get_by_label("session_hours")).to_have_value("336")

    values.change("lockout_minutes", "20", by=None)
    other = page.locator("#tunable-lockout_minutes")
    other.get_by_label("lockout_minutes").fill("30")
    other.get_by_role("button", name="Save lockout_minutes").click()
    expect(other).to_contain_text("it is now 20. You entered 30. Save again to have yours.")
    other.get_by_role("button", name="Save lockout_minutes").click()
    expect(other).not_to_contain_text("Save again")
    assert values.get("lockout_minutes") == 30
    page.errors.remove(CONFLICT)
