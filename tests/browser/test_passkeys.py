"""A passkey from its making to its removal, with a device of Chromium's own that answers at once."""

import re

from playwright.sync_api import expect

from accounts.tests.make import GOOD_PASSWORD, make_user
from audit.models import AuditEvent

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_is_made_and_opens_every_door(open_page, faultless):
    user = make_user(role="support")
    page = open_page("/account/second-step/", as_user=user)
    device = _device(page)
    faultless(page)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password", exact=True).fill(GOOD_PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name").first.fill("My laptop")
    faultless(page)
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.locator("#codes li")).to_have_count(10)
    faultless(page)
    page.goto("/account/passkeys/add/")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_text("This device has a passkey for this account already.")).to_be_visible()
    _sign_out(page)

    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(re.compile("/admin/$"))
    assert AuditEvent.objects.filter(verb="user.signed_in", actor=user).count() == 1

    page.goto("/account/passkeys/")
    expect(page.get_by_role("strong")).to_be_visible()
    page.get_by_role("link", name="Remove My laptop").click()
    page.get_by_role("link", name="a passkey").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("button", name="Remove the passkey")).to_be_visible()
    _sign_out(page)

    _with_password(page)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    faultless(page)
    device("WebAuthn.setUserVerified", isUserVerified=False)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("The browser did not use a passkey")).to_be_visible()
    device("WebAuthn.setUserVerified", isUserVerified=True)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile("/admin/$"))


def _device(page):
    """Plug it in; the value speaks to it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    key = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]
    return lambda what, **how: session.send(what, {"authenticatorId": key, **how})


def _sign_out(page):
    page.goto("/account/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.goto("/account/login/")


def _with_password(page):
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password", exact=True).fill(GOOD_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
