"""The self-check in a real browser: empty, whole, running, broken; and spending frozen and thawed by hand."""

import os
import re

import pytest
from django.db import connection
from playwright.sync_api import expect

from billing import stripe_api
from conftest import PASSWORD
from jobs.models import Job, State
from jobs.registry import run_now
from ledger import posting
from ledger.models import Wallet
from ledger.tests.make import D, break_by, make_top_up
from selfcheck import runs
from selfcheck.models import SelfCheck, Why
from tests.browser.test_pages import LOOKS, UNCONFIRMED, settled

PAGE = "/admin/selfcheck/"
WRONG = "UPDATE ledger_wallet SET paid = paid + 1 WHERE member_id = "


@pytest.fixture
def books(member, outsider, monkeypatch):
    """Two members who topped up and spent, and a Stripe that agrees."""
    for person in (member, outsider):
        make_top_up(person, 20, granted=D(2))
        posting.charge(person, D(3), service="poem")
    usd = {"currency": "usd"}
    answer = {"available": [{"amount": 3000, **usd}], "pending": [{"amount": 1000, **usd}]}
    monkeypatch.setattr(stripe_api, "call", lambda *asked: answer)
    return answer


def picture(page, name):
    """For looking at: SCREENSHOTS=folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def look_at(open_page, faultless, user, name, path=PAGE):
    for theme, phone in LOOKS:
        page = settled(open_page(path, as_user=user, phone=phone, theme=theme))
        picture(page, f"{name}-{'390' if phone else '1440'}-{theme}")
        faultless(page)


@pytest.mark.long
def test_it_has_no_fault_empty(open_page, faultless, owner):
    look_at(open_page, faultless, owner, "empty")


@pytest.mark.long
def test_it_has_no_fault_when_all_adds_up(open_page, faultless, owner, books):
    runs.run_all(why=Why.NIGHTLY)
    look_at(open_page, faultless, owner, "whole")


@pytest.mark.long
def test_it_has_no_fault_when_something_does_not(open_page, faultless, owner, member, books):
    runs.run_all(why=Why.NIGHTLY)
    break_by(f"{WRONG}{member.pk}")
    books["pending"][0]["amount"] -= 59
    runs.run_all(why=Why.NIGHTLY)
    look_at(open_page, faultless, owner, "broken")
    look_at(open_page, faultless, owner, "user", f"/admin/users/{member.pk}/")
    look_at(open_page, faultless, owner, "lookup", f"/admin/billing/?member_lookup.member={member.pk}")
    look_at(open_page, faultless, member, "credit", "/me/credit/")


@pytest.mark.long
def test_it_has_no_fault_while_a_job_runs(open_page, faultless, owner, books):
    runs.run_all(why=Why.NIGHTLY)
    job = runs.ask(["entries", "balances", "lots"], why=Why.ASKED, by=owner)
    fields = {"progress_done": 1, "progress_total": 3, "progress_note": "Stored balances"}
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, **fields)
    look_at(open_page, faultless, owner, "running")


def test_a_click_checks_again_and_the_page_follows(open_page, owner, member, books):
    page = settled(open_page(PAGE, as_user=owner))
    row = page.locator("#check-balances")
    expect(row).to_contain_text("Not checked yet")
    row.get_by_role("button", name="Check again").click()
    expect(row).to_contain_text("Queued")
    run_now(Job.objects.get(kind="selfcheck.run"))
    expect(row).to_contain_text("2 members: paid")
    expect(page.locator("#self-check-progress")).to_have_count(0)
    assert SelfCheck.objects.get().asked_by == owner
    break_by(f"{WRONG}{member.pk}")
    page.get_by_role("button", name="Check all").click()
    expect(page.locator("#self-check-progress")).to_be_visible()
    run_now(Job.objects.filter(kind="selfcheck.run").latest("pk"))
    expect(row).to_contain_text("Does not add up")
    expect(row.get_by_role("link", name=member.email)).to_be_visible()
    expect(page.locator(f"#frozen-{member.pk}")).to_contain_text("self-check: Stored balances")
    connection.close()


def test_spending_is_frozen_by_hand_and_thawed(open_page, owner, member, books):
    page = settled(open_page(f"/admin/users/{member.pk}/", as_user=owner))
    credit = page.locator("#panel-accounts-user_credit")
    credit.get_by_role("button", name="Freeze spending").click()
    dialog = page.get_by_role("dialog", name=f"Freeze spending of {member.email}")
    dialog.get_by_label("Reason").fill("Looks stolen")
    dialog.get_by_role("button", name="Freeze spending").click()
    page.wait_for_url("**/account/reauthenticate/**")
    page.errors.remove(f"console: {UNCONFIRMED}")
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Reason")).to_have_value("Looks stolen")
    dialog.get_by_label("Reason").fill("")
    dialog.get_by_role("button", name="Freeze spending").click()
    expect(dialog).to_contain_text("Fill this in.")
    page.errors.remove(next(error for error in page.errors if "422" in error))
    dialog.get_by_label("Reason").fill("Looks stolen")
    dialog.get_by_role("button", name="Freeze spending").click()
    expect(credit).to_contain_text("Looks stolen")
    expect(page.locator(".toast", has_text=re.compile("is frozen"))).to_be_visible()
    assert Wallet.objects.get(member=member).frozen_reason == "Looks stolen"

    page.goto(PAGE)
    page.locator(f"#frozen-{member.pk}").get_by_role("button", name="Thaw").click()
    dialog = page.get_by_role("dialog", name=f"Thaw spending of {member.email}")
    dialog.get_by_label("Reason").fill("It was the owner")
    dialog.get_by_role("button", name="Thaw spending").click()
    expect(page.locator("#panel-selfcheck-frozen")).to_contain_text("Nobody’s spending is frozen")
    assert Wallet.objects.get(member=member).frozen_at is None
