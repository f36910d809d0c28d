"""System Accounting in a real browser: a figure to its entry by keyboard, a month closed, a cut to its month."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone
from playwright.sync_api import expect

from accounting import queries, rollups
from accounting.tests.make import business, cut_to_follow, invoice_of
from jobs.models import Job
from jobs.registry import run_now
from ledger import posting
from tests.browser.test_pages import on_a_dark_phone, on_a_desk, settled


def test_from_a_figure_to_its_entry_and_a_month_is_closed(open_page, faultless, owner, confirmed_lately):
    before = timezone.now().replace(day=1) - timedelta(days=10)
    business(before)
    rollups.catch_up()
    first, last = (before.replace(day=1).date(), timezone.now().date())
    page = settled(open_page(f"/admin/accounting/?period=custom&from={first}&to={last}", as_user=owner))
    faultless(page)
    faultless(on_a_dark_phone(page))
    on_a_desk(page)
    page.get_by_role("link", name="$2.75 Revenue").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Revenue: $2.75")
    faultless(page)
    page.get_by_role("table", name="By day").or_(page.get_by_label("By day, table")).get_by_role("link").first.click()
    expect(page.locator("h1")).to_contain_text("Revenue of")
    faultless(on_a_dark_phone(page))
    on_a_desk(page)
    page.get_by_label("Entries, table").locator("th[scope=row] a").first.click()
    expect(page.locator("dl.facts")).to_contain_text("System Accounting of")
    page.get_by_role("link", name="System Accounting of").click()
    settled(page).get_by_role("link", name=f"Close {first:%B %Y}").click()
    faultless(page)
    page.get_by_label("Type").fill(f"{first:%B %Y}")
    page.get_by_role("button", name=f"Close {first:%B %Y}").click()
    expect(settled(page).get_by_label("Monthly trend, table")).to_contain_text(f"by {owner}")


def test_a_cut_is_followed_to_its_month(open_page, faultless, accountant, member):
    cut, call = cut_to_follow(member)
    invoice_of(call)
    rollups.catch_up()
    page = settled(open_page(f"/admin/cuts/{cut.pk}/", as_user=accountant))
    money = page.get_by_role("region", name="What it brought and cost")
    money.get_by_role("link", name="Transaction").click()
    expect(page.locator("h1")).to_contain_text("$0.25")
    page.get_by_role("link", name="where it comes from").click()
    expect(page.locator("h1")).to_contain_text("$1.00")
    page.go_back()
    page.go_back()
    money.get_by_role("link", name="replicate · music").click()
    expect(page.locator("dl.facts").first).to_contain_text("$0.07")
    faultless(page)
    page.get_by_role("link", name="replicate R-1").click()
    expect(page.locator("h1")).to_contain_text("R-1")
    faultless(on_a_dark_phone(settled(page)))
    on_a_desk(page)
    page.go_back()
    page.get_by_role("link", name=f"Cut {cut.pk}").click()
    expect(money).to_contain_text("$0.18")
    money.get_by_role("link", name=f"{timezone.now():%B %Y}").click()
    expect(settled(page).get_by_role("link", name="$0.17 Margin")).to_be_visible()  # after what the invoice says more


def test_the_hint_of_a_look_ends_with_the_look(open_page, owner, member):
    """While a job looks, only its hint asks again; what was looked for shows with the button that asks for it."""
    page = settled(open_page("/admin/accounting/", as_user=owner))
    posting.top_up(member, cash=Decimal(5), external_id="t")
    posting.charge(member, Decimal(2), service="poem")
    page.get_by_role("button", name="Bring up to date").click()
    hint = page.get_by_text("Looking for what is new")
    with page.expect_response(lambda answer: answer.status == 204 and "panels/headline" in answer.url):
        expect(hint).to_be_visible()
    run_now(Job.objects.get(kind=queries.LOOK))
    expect(hint).to_have_count(0)
    expect(page.get_by_role("button", name="Bring up to date")).to_be_visible()
    expect(page.get_by_role("link", name="$2.00 Revenue")).to_be_visible()
