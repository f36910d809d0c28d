"""What is long and has no space in it: whole where there is room, and never in the way of what stands beside it."""

import pytest

from accounts.tests.make import make_user
from audit.models import record

FITS = "element => element.scrollWidth <= element.clientWidth"
LINES = "element => element.getClientRects().length"
WORDS = """cell => {
  const words = document.createRange();
  words.selectNodeContents(cell);
  return words.getClientRects().length;
}"""
OVER = "element => element.scrollWidth - element.clientWidth"


@pytest.mark.parametrize(("width", "phone"), [(1440, False), (1410, False), (390, True)])
def test_a_setting_fits_its_field(open_page, owner, width, phone):
    page = open_page("/admin/security/", as_user=owner, phone=phone)
    page.set_viewport_size({"width": width, "height": 900})
    field = page.locator("#v-support_email")
    assert field.evaluate(FITS) and page.locator("#panel-tunables-security_settings .scroll").evaluate(OVER) == 0


def test_a_default_is_whole(open_page, owner):
    page = open_page("/admin/security/", as_user=owner)
    page.set_viewport_size({"width": 1440, "height": 900})
    default = page.locator("#tunable-support_email [data-label=Default]")
    assert default.evaluate(WORDS) == 1


def test_an_address_in_the_log_is_whole(open_page, owner, member):
    colleague = make_user("new.staff@example.com", role="support")
    note = "Asked by mail, and once more on the telephone, and then again by mail"
    record(colleague, "user.suspended", member, before={"status": "Active"}, after={"reason": note}, note=note)
    page = open_page("/admin/logs/?log.tab=all", as_user=owner)
    page.set_viewport_size({"width": 1440, "height": 900})
    assert page.locator(".signer").get_by_text(colleague.email).evaluate(LINES) == 1
    assert page.locator("#panel-audit-log .scroll").evaluate(OVER) == 0


@pytest.mark.parametrize("phone", [False, True])
def test_a_long_name_hides_no_error_of_an_import(open_page, owner, phone):
    page = open_page("/admin/users/import/", as_user=owner, phone=phone)
    page.get_by_role("textbox", name="Lines").fill(f"email,name\nwrong,{'Longname' * 14}\n")
    page.get_by_role("button", name="Check").click()
    table = page.locator(".scroll")
    assert "Error" in table.inner_text() and table.evaluate(OVER) == 0
