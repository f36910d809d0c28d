"""A payment's whole life: topped up, spent, refunded beyond what is left, disputed, won; all pages agree."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from billing import backfill, matching, reconciliation
from billing.models import Reconciliation, TopUp
from billing.tests.stripe_side import StripeSide, work
from ledger import checks, posting
from ledger.queries import account_balance, balances
from ui.format import money

pytestmark = pytest.mark.timeout(300)
PARTS = ("Paid", "Granted", "Held for work in progress", "Owed")


@pytest.fixture
def stripe(sandbox, settings, site, monkeypatch):
    """A real sandbox whose Checkout page the browser may go to, and come back from; we hand over its webhooks."""
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": policy | {"form-action": ["'self'", sandbox.url]}}
    settings.BASE_URL = site
    settings.STRIPE_SECRET_KEY = sandbox.api_key
    settings.STRIPE_API_BASE = settings.STRIPE_SANDBOX_URL = sandbox.url
    side = StripeSide(sandbox).open()
    settings.STRIPE_WEBHOOK_SECRETS = [side.endpoint.secret]
    monkeypatch.setattr(backfill, "ON_THEIR_WAY", timedelta(0))
    monkeypatch.setattr(matching, "SETTLING", timedelta(seconds=-5))
    yield side
    side.close()


def parts(place) -> dict[str, str]:
    """The four balances as a page shows them."""
    names = place.locator(".parts dt").all_inner_texts()
    return dict(zip(names, place.locator(".parts dd").all_inner_texts(), strict=True))


def top_up_20(page) -> None:
    page.goto("/me/credit/")
    page.get_by_role("radio", name=re.compile(r"^\$20\.00")).check()
    page.get_by_role("button", name="Continue to payment").click()
    page.wait_for_url("**/c/pay/**")
    page.get_by_role("button", name=re.compile("^Pay")).first.click()
    page.get_by_role("heading", name="$20.00 has arrived").wait_for()


def test_every_page_agrees_at_every_step(open_page, stripe, owner, member):
    theirs = open_page("/me/credit/", as_user=member)
    ours = open_page("/admin/billing/", as_user=owner)
    box = stripe.sandbox

    def agree(*expected: str, booked: list[str]) -> None:
        """`expected`: paid, granted, held, owed. `booked`: the newest movements of money, newest first."""
        stripe.deliver()
        now = balances(member)
        assert (now.paid, now.granted, now.held, now.debt) == tuple(map(Decimal, expected))
        shown = dict(zip(PARTS, (money(Decimal(amount)) for amount in expected), strict=True))
        theirs.goto("/me/credit/")
        assert parts(theirs) == shown
        theirs.goto("/me/credit/statement/")
        expect(theirs.locator("main")).to_contain_text(shown["Paid"])
        ours.goto(f"/admin/billing/?member_lookup.member={member.pk}&recent_topups.q={member.email}")
        lookup = ours.locator("#panel-billing-member_lookup")
        expect(lookup.locator(".parts dd")).to_have_count(4)
        assert parts(lookup) == shown
        rows = ours.locator("#panel-billing-recent_topups tbody tr")
        assert [text.strip() for text in rows.locator("td.num").all_inner_texts()] == booked
        reconciliation.start(by=owner)
        work()
        run = Reconciliation.objects.latest("pk")
        assert run.stripe_total == run.ledger_total == account_balance("stripe")
        ours.goto("/admin/billing/reconciliation/")
        expect(ours.locator("#panel-billing-reconciliation .kpi").first).to_contain_text("$0.00")
        expect(ours.locator("#panel-billing-reconciliation")).to_contain_text("Everything matches")
        assert checks.run() == []

    top_up_20(theirs)
    agree("20", "1", "0", "0", booked=["$20.00"])
    intent = TopUp.objects.get().payment_intent_id

    posting.charge(member, Decimal(15), service="poem")
    agree("6", "0", "0", "0", booked=["$20.00"])

    box.refund(intent, 1000)
    agree("0", "0", "0", "4", booked=["−$10.00", "$20.00"])

    dispute = box.dispute(intent)
    agree("0", "0", "0", "14", booked=["−$10.00", "−$10.00", "$20.00"])
    ours.goto("/admin/billing/disputes/")
    expect(ours.locator("#panel-billing-disputes")).to_contain_text("Needs an answer")
    expect(ours.locator("#panel-billing-debts")).to_contain_text("$14.00")

    box.step_dispute(dispute, "review")
    box.step_dispute(dispute, "win")
    agree("0", "0", "0", "4", booked=["$10.00", "−$10.00", "−$10.00", "$20.00"])

    top_up_20(theirs)
    agree("16", "1", "0", "0", booked=["$20.00", "$10.00", "−$10.00", "−$10.00", "$20.00"])
    expect(ours.locator("body")).not_to_contain_text("owes")
