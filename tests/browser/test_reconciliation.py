"""The Reconciliation page in a browser: before the first run, while one runs, when it failed, with differences."""

import pytest
from playwright.sync_api import expect

from billing import matching, reconciliation, stripe_api
from billing.models import Difference, Reconciliation
from billing.tests.make import make_balance_row, make_run
from jobs.models import Job
from jobs.registry import run_now
from tests.browser.test_pages import LOOKS, settled

PAGE = "/admin/billing/reconciliation/"


@pytest.fixture
def empty_stripe(monkeypatch):
    """A Stripe on which nothing ever happened."""
    answers = {"balance": {"available": [], "pending": []}}
    nothing = {"data": [], "has_more": False}
    monkeypatch.setattr(stripe_api, "call", lambda resource, *args, **kwargs: answers.get(resource, nothing))


@pytest.mark.long
@pytest.mark.parametrize(("theme", "phone"), LOOKS)
def test_a_run_under_way_and_a_failed_one_have_no_fault(open_page, faultless, owner, theme, phone):
    make_run()
    run = reconciliation.start(by=owner)
    Job.objects.update(progress_done=30, progress_total=100, progress_note="1,200 new balance transactions")
    reconciliation.note_trouble(run, Exception("Stripe did not answer."))
    page = settled(open_page(PAGE, as_user=owner, phone=phone, theme=theme))
    expect(page.locator("#reconciliation-running")).to_contain_text("30%")
    faultless(page)
    reconciliation.fail(run, "Stripe says: Invalid API Key.")
    page = settled(open_page(PAGE, as_user=owner, phone=phone, theme=theme))
    expect(page.locator("#panel-billing-reconciliation")).to_contain_text("The last run failed")
    faultless(page)


def test_reconcile_now_shows_its_progress_and_its_end(open_page, owner, empty_stripe):
    page = settled(open_page(PAGE, as_user=owner))
    expect(page.locator("#panel-billing-reconciliation")).to_contain_text("Nothing is proven yet")
    page.get_by_role("button", name="Reconcile now").click()
    expect(page.locator("#reconciliation-running progress")).to_be_visible()
    run_now(Job.objects.get())
    expect(page.locator("#panel-billing-reconciliation")).to_contain_text("Everything matches")
    expect(page.locator("#panel-billing-reconciliation .val.good")).to_have_text("$0.00")
    expect(page.locator("#panel-billing-reconciliations")).to_contain_text("Done")
    assert Reconciliation.objects.get().by == owner


def test_a_difference_is_repaired_by_its_button(open_page, owner):
    make_run()
    make_balance_row("payout", "0", fee="0.25", source="po_1")
    matching.match()
    page = settled(open_page(PAGE, as_user=owner))
    expect(page.locator("#panel-billing-reconciliation .val.bad")).to_have_text("$0.25")
    page.locator("#panel-billing-differences").get_by_role("button", name="Book the fee").click()
    expect(page.locator("#panel-billing-differences")).to_contain_text("Being repaired")
    run_now(Job.objects.get())
    expect(page.locator("#panel-billing-differences")).to_contain_text("No open differences")
    expect(page.locator("#panel-billing-reconciliation .val.good")).to_have_text("$0.00")
    page.get_by_role("link", name="0 open, 1 settled").click()
    expect(page.locator("#panel-billing-differences")).to_contain_text("Repaired by Owner")
    assert not Difference.objects.open().exists()
