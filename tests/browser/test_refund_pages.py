"""The page of a top-up and the form of its refund in a real browser: no fault, and nothing typed is lost."""

import uuid

import pytest
from playwright.sync_api import expect

from billing.models import RefundRequest
from conftest import PASSWORD
from tests.browser.test_pages import LOOKS, REFUSED, money, settled  # noqa: F401 (a fixture)


def form(page):
    """Past the question for the password, if it comes."""
    if "reauthenticate" in page.url:
        page.locator("input[type=password]").fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url("**/refunds/new/")
    return settled(page)


@pytest.mark.parametrize(("theme", "phone"), LOOKS)
def test_the_page_of_a_top_up_has_no_fault(open_page, faultless, owner, supporter, money, theme, phone):  # noqa: F811
    asked = {"reason": "Sorry", "stripe_reason": "duplicate", "by": supporter}
    unknown, _ = RefundRequest.objects.ask(money, 1, form_key=uuid.uuid4(), **asked)
    refused, _ = RefundRequest.objects.ask(money, 2, form_key=uuid.uuid4(), **asked)
    unknown.doubt("Stripe did not answer.", key_is_used_up=False)
    refused.refuse("charge_disputed", "")
    page = settled(open_page(f"/admin/billing/top-ups/{money.pk}/", as_user=owner, phone=phone, theme=theme))
    shown = page.locator("#panel-billing-top_up_money")
    for words in ("$14.00 can still be refunded", "It may have been made", "This payment is disputed", "Refunded"):
        expect(shown).to_contain_text(words)
    faultless(page)


@pytest.mark.parametrize(("theme", "phone"), LOOKS)
def test_the_form_has_no_fault_and_keeps_what_was_typed(open_page, faultless, owner, money, theme, phone):  # noqa: F811
    address = f"/admin/billing/top-ups/{money.pk}/refunds/new/"
    page = form(open_page(address, as_user=owner, phone=phone, theme=theme))
    expect(page.locator("#refund-preview")).to_contain_text("loses")
    faultless(page)
    page.locator("#refund-amount").fill("15.01")
    page.locator("#refund-reason").fill("Crooked")
    page.locator("#refund-typed").fill(money.member.email)
    for sentence in ("At most $15.00", "STRIPE_SECRET_KEY is not set"):
        page.get_by_role("button", name="Refund", exact=True).click()
        expect(page.locator(".errors")).to_contain_text(sentence)
        expect(page.locator("#refund-reason")).to_have_value("Crooked")
        page.errors.remove("console: " + REFUSED)
        faultless(page)
        page.locator("#refund-amount").fill("5.00")


def test_an_id_is_copied(open_page, owner, money):  # noqa: F811
    page = settled(open_page(f"/admin/billing/top-ups/{money.pk}/", as_user=owner))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name=f"Copy {money.session_id}").click()
    expect(page.locator(".toast")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == money.session_id
