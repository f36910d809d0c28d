"""The pages of the project in a real browser, with something to show and with nothing: no fault, wide or on a phone."""

import uuid
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from billing import stripe_events
from billing.models import CreditAdjustment, StripeEvent
from billing.tests.make import (
    make_difference,
    make_payout,
    make_refund,
    make_run,
    make_session,
    make_top_up,
    store_event,
)
from conftest import PASSWORD
from ledger import posting
from ledger.models import Transaction
from ledger.queries import balances
from tests.browser.chromium import at_rest, until
from tests.browser.conftest import DESKTOP, PHONE

STAFF = [
    "/admin/",
    "/admin/accounting/",
    "/admin/billing/",
    "/admin/billing/reconciliation/",
    "/admin/cuts/",
    "/admin/users/",
    "/admin/jobs/",
    "/admin/alerts/",
    "/admin/logs/",
    "/admin/security/",
    "/admin/site-stats/",
]
MEMBER = ["/me/credit/", "/me/credit/statement/?period=all", "/me/", "/me/account/", "/studio/"]
LOOKS = [("light", False), ("dark", True)]  # theme, phone
REFUSED = "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"
UNCONFIRMED = "Failed to load resource: the server responded with a status of 401 (Unauthorized)"
PUBLIC = ["/", "/make/", "/wall/", "/my-cuts/", "/account/login/", "/account/signup/", "/account/password/reset/"]


@pytest.fixture
def money(owner, supporter, member):
    """A payment with a refund, spending, a grant, a request that waits, a declined card, an event in quarantine."""
    top_up = make_top_up(member)
    error = {"message": "Your card has insufficient funds.", "decline_code": "insufficient_funds"}
    intent = {"id": "pi_1", "metadata": {"top_up": str(top_up.public_id)}, "last_payment_error": error}
    for type_, thing in (
        ("payment_intent.payment_failed", intent),
        ("checkout.session.completed", make_session(top_up)),
        ("refund.created", make_refund(top_up, 500)),
    ):
        stripe_events.apply_event(store_event(type_, thing).pk)
    posting.charge(member, Decimal("0.25"), service="studio_render")
    posting.hold(member, Decimal("0.25"), service="studio_render", expires_at=top_up.expires_at)
    for amount in (5, 500):
        CreditAdjustment.objects.ask(member, Decimal(amount), reason="Sorry", form_key=uuid.uuid4(), by=supporter)
    stripe_events.apply_event(store_event("charge.updated", {"id": "ch_9"}, livemode=True).pk)
    stripe_events.apply_event(store_event("payout.failed", make_payout(900, status="failed")).pk)
    make_run(matched=6)
    make_difference()
    make_difference(kind="fee_missing", subject="fee", error="Stripe says no.")
    top_up.refresh_from_db()
    return top_up


def settled(page):
    """Every panel has loaded, the lazy ones below the fold too."""
    for panel in page.locator("[data-panel]").all():
        if panel.is_visible():  # one that has nothing to say takes no room
            panel.scroll_into_view_if_needed()
            expect(panel).to_have_attribute("aria-busy", "false")  # before those above it push it out of sight
    expect(page.locator('[data-panel][aria-busy="true"]')).to_have_count(0)
    return page


def at(page, path):
    page.goto(path)
    at_rest(page)
    return page


def on_a_dark_phone(page):
    """The same page, turned as the theme's button turns it; every rule that asks for the width follows."""
    return _turned(page, PHONE, "dark")


def on_a_desk(page):
    return _turned(page, DESKTOP, "light")


def _turned(page, size, theme):
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=theme)
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    until(page, "document.getAnimations().every(motion => motion.playState === 'finished')")  # colours are there
    return page


@pytest.mark.parametrize("path", STAFF)
def test_staff_pages_have_no_fault(open_page, faultless, owner, money, path):
    page = settled(open_page(path, as_user=owner))
    faultless(page)
    faultless(on_a_dark_phone(page))


def test_empty_staff_pages_have_no_fault(open_page, faultless, owner):
    page = open_page(STAFF[0], as_user=owner)
    for path in STAFF:
        faultless(settled(at(page, path)))


def test_member_pages_have_no_fault(open_page, faultless, member, money):
    page = open_page(MEMBER[0], as_user=member)
    for path in MEMBER:
        faultless(at(on_a_desk(page), path))
        faultless(on_a_dark_phone(page))


def test_details_have_no_fault(open_page, faultless, owner, member, money):
    paid = Transaction.objects.get(external_id=money.external_id)
    event = StripeEvent.objects.get(state="quarantined")
    lookup = f"/admin/billing/?member_lookup.member={member.pk}"
    page = open_page("/admin/", as_user=owner)
    for path in (f"/admin/billing/transactions/{paid.pk}/", f"/admin/billing/events/{event.pk}/", lookup):
        faultless(settled(at(on_a_desk(page), path)))
        faultless(on_a_dark_phone(page))
    page = open_page(money.get_absolute_url(), as_user=member)
    faultless(page)
    faultless(on_a_dark_phone(page))


def test_public_pages_have_no_fault(open_page, faultless):
    page = open_page(PUBLIC[0], phone=True)
    for path in PUBLIC:
        faultless(at(page, path))


def test_credit_is_granted_by_keyboard_and_undone(open_page, owner, member, settings):
    page = settled(open_page("/admin/billing/", as_user=owner))
    page.locator("#adjustment-member").focus()
    page.keyboard.type(member.email)
    page.keyboard.press("Tab")
    page.keyboard.type("5")
    page.keyboard.press("Tab")
    expect(page.locator("#adjustment-preview")).to_contain_text("$0.00 → $5.00")
    page.keyboard.type("Sorry for the wait")
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/reauthenticate/**")
    page.errors.remove("console: " + UNCONFIRMED)
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/billing/")
    expect(page.locator("#adjustment-reason")).to_have_value("Sorry for the wait")
    page.locator("#adjustment-reason").press("Enter")
    toast = page.locator(".toast", has_text=f"$5.00 granted to {member.email}")
    expect(toast).to_be_visible()
    assert balances(member).granted == 5
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator("#panel-billing-grant_adjust")).to_contain_text("Reversed")
    assert balances(member).granted == 0


def test_a_refused_grant_keeps_what_was_typed(open_page, owner, member, confirmed_lately):
    page = settled(open_page("/admin/billing/", as_user=owner))
    page.locator("#adjustment-member").fill(member.email)
    page.locator("#adjustment-amount").fill("0")
    page.locator("#adjustment-reason").fill("Because")
    page.get_by_role("button", name="Grant or remove").click()
    expect(page.locator("#e-adjustment-amount")).to_contain_text("Zero")
    page.errors.remove("console: " + REFUSED)
    expect(page.locator("#adjustment-reason")).to_have_value("Because")
    assert balances(member).granted == 0


def test_a_phone_chooses_many_and_more_filters_stay_unfolded(open_page, owner, member, outsider):
    page = open_page("/admin/users/", as_user=owner, phone=True)
    page.locator(".pick-all input").check()
    expect(page.get_by_role("button", name="Suspend 3…")).to_be_visible()
    page.get_by_label(f"Select {outsider}").uncheck()
    expect(page.get_by_role("button", name="Suspend 2…")).to_be_visible()
    page.get_by_role("button", name="Clear", exact=True).click()
    page.locator("summary", has_text="More filters").click()
    page.get_by_label("Role").select_option("member")
    expect(page.get_by_label(f"Select {owner}")).to_have_count(0)
    expect(page.get_by_label("Plan")).to_be_visible()
