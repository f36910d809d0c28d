"""The statement in a real browser: no fault, wide, on a phone, in the dark, on paper, empty, and where it is wrong."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import expect

from billing import statements
from ledger import posting
from tests.browser.test_pages import LOOKS

OWN = "/me/credit/statement/"


@pytest.fixture
def money(member):
    """A year's worth of everything that a statement shows."""
    soon = timezone.now() + dt.timedelta(days=6)
    posting.top_up(member, cash=Decimal(50), granted=Decimal(4), external_id="pay")
    posting.grant(member, Decimal(2), expires_at=soon, note="Welcome credit")
    charge = posting.charge(member, Decimal("0.000125"), service="lite_render")
    hold = posting.hold(member, Decimal(3), service="studio_render", expires_at=soon)
    posting.settle(hold.hold_id, Decimal("2.25"))
    posting.reverse(charge.transaction_id)
    posting.charge(member, Decimal(40), service="poem")
    posting.refund(member, Decimal(50), top_up_external_id="pay", external_id="back")
    return member


@pytest.mark.parametrize(("theme", "phone"), LOOKS)
def test_it_works(open_page, faultless, money, theme, phone):
    page = open_page(OWN, as_user=money, phone=phone, theme=theme)
    expect(page.get_by_text("Adds up")).to_be_visible()
    page.get_by_text("the few lines that recompute it").click()
    expect(page.get_by_text("import hashlib, json, sys")).to_be_visible()
    faultless(page)


@pytest.mark.parametrize(("theme", "phone"), LOOKS)
def test_staff_open_a_row(open_page, faultless, owner, money, theme, phone):
    page = open_page(f"/admin/billing/members/{money.pk}/statement/", as_user=owner, phone=phone, theme=theme)
    faultless(page)
    page.get_by_role("link", name="Refund").click()
    expect(page.get_by_role("heading", name="Refund")).to_be_visible()


def test_it_is_reached_and_walked_by_month(open_page, money):
    page = open_page("/me/credit/", as_user=money)
    page.get_by_role("link", name="Statement").click()
    page.get_by_label("One period back").click()
    expect(page.get_by_text("Nothing moved in this period")).to_be_visible()
    page.get_by_label("One period forward").click()
    expect(page.locator("#movement-1")).to_be_visible()


def test_staff_reach_it_from_the_lookup_and_from_the_user(open_page, owner, money):
    for start in (f"/admin/billing/?member_lookup.member={money.pk}", f"/admin/users/{money.pk}/"):
        page = open_page(start, as_user=owner)
        page.get_by_role("link", name="Statement").click()
        expect(page.locator("#movement-1")).to_be_visible()


@pytest.mark.parametrize(("theme", "phone"), LOOKS)
def test_an_empty_one_has_no_fault(open_page, faultless, member, theme, phone):
    faultless(open_page(OWN, as_user=member, phone=phone, theme=theme))


def test_long_ones_have_pages_that_have_no_fault(open_page, faultless, money, monkeypatch):
    monkeypatch.setattr(statements, "SIZE", 3)
    page = open_page(OWN, as_user=money)
    page.get_by_role("link", name="Later").click()
    expect(page.locator("#movement-4")).to_be_visible()
    faultless(page)


def test_a_difference_is_shown_and_has_no_fault(open_page, faultless, money):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_wallet SET paid = paid + 1 WHERE member_id = %s", [money.pk])
    page = open_page(OWN, as_user=money, phone=True)
    expect(page.get_by_text("Does not add up")).to_be_visible()
    faultless(page)


def test_on_paper_there_is_no_chrome(open_page, money):
    page = open_page(OWN, as_user=money, theme="dark")
    page.emulate_media(media="print")
    expect(page.locator("#movement-1")).to_be_visible()
    for hidden in (".site-top", ".period", ".pager", ".statement-check"):
        expect(page.locator(hidden).first).to_be_hidden()
    paper = page.viewport_size | {"width": 718}  # A4 between the margins of a browser
    page.set_viewport_size(paper)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
