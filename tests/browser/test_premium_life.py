"""A life on Premium by the test clock: paid, renewed, declined, recovered, switched, ended, back; all pages agree."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from conftest import PASSWORD
from ledger import checks
from ledger.queries import account_balance
from memberships.checkout import price_now
from memberships.models import Invoice, Subscription
from memberships.tests.stripe_side import Premium
from reports import rollups
from stripesandbox.periods import after
from tests.browser.chromium import at_rest
from tests.browser.test_money_walk import stripe  # noqa: F401 (a fixture)
from tunables import values
from ui import clock
from ui.format import money

pytestmark = [pytest.mark.timeout(300), pytest.mark.long]
KINDS = ("New", "Reactivation", "Expansion", "Contraction", "Churn", "Restated")
CELLS = "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
FIGURES = """all => Object.fromEntries(all.map(one =>
    [one.querySelector("h3").firstChild.textContent.trim(), one.querySelector(".val").firstElementChild?.firstChild
        .textContent ?? one.querySelector(".val").textContent]))"""
NAMED = """rows => Object.fromEntries(rows.map(row => [row.querySelector("th").innerText,
    Object.fromEntries([...row.querySelectorAll("td")].map(cell => [cell.dataset.label, cell.innerText]))]))"""
DRAFT_FOR = 3600  # the hour before an invoice is charged
BY_MONTH = {"interval_count": 1, "interval": "month"}
WAITS = re.compile("We are asking Stripe whether you have paid|Stripe tells us of your payment")


def begins_at() -> datetime:
    """So that the second renewal was due as lately as can be: what follows happens now, by Stripe's clock and ours."""
    now = datetime.now(UTC)
    days = (now - timedelta(days=number, seconds=DRAFT_FOR + 180) for number in range(58, 65))
    due = {start: after(int(start.timestamp()), BY_MONTH, 2) + DRAFT_FOR + 120 for start in days}
    return max((start for start, at in due.items() if at < now.timestamp()), key=due.get)


class Life:
    """The pages that tell of one member's Premium."""

    def __init__(self, side, member, theirs, ours):
        self.premium, self.member, self.theirs, self.ours = Premium(side), member, theirs, ours

    def hear(self) -> None:
        """Stripe's letters arrive when they were written; then the reports look."""
        at = datetime.fromtimestamp(self.premium.sandbox.control("clock")["now"], UTC)
        with clock.standing(at):
            self.premium.side.deliver()
        rollups.catch_up()

    def look(self, address: str) -> None:
        self.ours.goto(address)
        at_rest(self.ours)

    def read(self, rows: str, how: str):
        return self.ours.eval_on_selector_all(rows, how)

    @property
    def subscription(self) -> Subscription:
        return Subscription.objects.filter(member=self.member).order_by("-started_at").first()

    def agree(self, plan: str, mrr: str, moved: dict, paid: list, *, committed="", booked=(), failed=()) -> None:
        """`paid`: what each invoice took; `booked`: what the ledger has of the newest one; both the newest first.

        `moved`: label of a movement -> its sum in the running month.
        """
        self.hear()
        self.theirs.goto("/me/membership/")
        expect(self.theirs.locator("main")).to_contain_text(plan)
        amounts = self.theirs.locator("td[data-label=Amount]").all_inner_texts()
        newest = Invoice.objects.order_by("created_at", "pk").last()
        assert amounts == [*([] if newest.paid_at else [f"due {money(newest.due)}"]), *paid]

        self.theirs.goto("/me/payments/")
        assert self.theirs.locator("td[data-label=Amount]").all_inner_texts() == paid

        self.look("/admin/memberships/")
        ours = "#panel-memberships-"
        figures = self.read(f"{ours}standing .kpi", FIGURES)
        assert (figures["MRR"], figures["Committed MRR"]) == (mrr, committed or mrr)
        rows = self.read(f"{ours}payments tbody tr", CELLS)
        assert [(row[0], row[3], row[4]) for row in rows] == [("Premium", "Paid", amount) for amount in paid]
        self.ours.locator(f"{ours}failed_attempts").scroll_into_view_if_needed()
        expect(self.ours.locator(f"{ours}failed_attempts td[data-label=Outcome]")).to_have_text(list(failed))

        self.look("/admin/reports/")
        figures = self.read("#panel-reports-headline .kpi", FIGURES)
        received = sum(row.cash for row in Invoice.objects.all())
        assert (figures["MRR"], figures["Committed MRR"]) == (mrr, committed or mrr)
        assert figures["Received"] == money(received)
        expect(self.ours.locator("#panel-reports-headline")).to_contain_text("Adds up")
        month = self.read("#panel-reports-mrr_by_month tbody tr", NAMED)[f"{clock.today():%b %Y}"]
        assert {kind: month[kind] for kind in KINDS if month[kind] != "–"} == moved and month["End"] == mrr

        self.look(newest.staff_url)
        amounts = self.ours.locator("#panel-billing-invoice_money td[data-label=Amount]").all_inner_texts()
        assert amounts == list(booked)
        assert checks.run() == []
        kept = received - sum(row.fee for row in Invoice.objects.all() if row.cash)
        assert kept == account_balance("stripe") == self.premium.balance()


def test_every_page_agrees_at_every_step(open_page, stripe, owner, member):  # noqa: F811
    values.change("premium_offered", "on", by=owner)
    box, start = stripe.sandbox, begins_at()
    box.clock_to(start.timestamp())
    theirs = open_page("/me/membership/", as_user=member)
    life = Life(stripe, member, theirs, open_page("/admin/memberships/", as_user=owner))

    theirs.get_by_role("radio", name=re.compile(r"^\$12\.00")).check()
    theirs.get_by_role("button", name="Continue to payment").click()
    theirs.locator("input[type=password]").fill(PASSWORD)
    theirs.get_by_role("button", name="Continue").click()
    theirs.get_by_role("button", name="Continue to payment").click()  # the choice waited
    theirs.wait_for_url("**/c/pay/**")
    theirs.get_by_role("button", name=re.compile("^Subscribe for")).click()
    theirs.get_by_text(WAITS).wait_for()
    life.agree("Premium, monthly", "$12.00", {}, ["$12.00"], booked=["$12.00", "$5.00", "$12.00"])

    life.premium.step(life.subscription, "renew")
    life.agree("Premium, monthly", "$12.00", {}, ["$12.00"] * 2, booked=["$12.00", "$5.00", "$12.00"])

    life.premium.step(life.subscription, "fail")
    life.premium.step(life.subscription, "renew")
    life.agree("did not go through", "$12.00", {}, ["$12.00"] * 2, failed=["Open"])

    box.clock_to(None)
    life.premium.portal(member, "pay")
    life.agree("Active", "$12.00", {}, ["$12.00"] * 3, booked=["$5.00", "$12.00"], failed=["Recovered"])

    life.premium.portal(member, "switch", price=price_now("year").stripe_id)
    life.hear()
    invoice = Invoice.objects.order_by("created_at", "pk").last()
    switched, given = money(invoice.cash), money(invoice.credit)
    paid = [switched, *["$12.00"] * 3]
    life.agree(
        "Premium, yearly",
        "$10.00",
        {"Contraction": "−$2.00"},
        paid,
        booked=[given, switched],
        failed=["Recovered"],
    )

    life.premium.portal(member, "cancel")
    life.agree(
        "Ends",
        "$10.00",
        {"Contraction": "−$2.00"},
        paid,
        committed="$0.00",
        booked=[given, switched],
        failed=["Recovered"],
    )

    life.premium.step(life.subscription, "cancel")
    life.agree(
        "Your Premium ended",
        "$0.00",
        {"Churn": "−$12.00"},
        paid,
        booked=[switched, given, switched],
        failed=["Recovered"],
    )

    life.premium.begins(member, "year")
    life.agree(
        "Premium, yearly",
        "$10.00",
        {"Contraction": "−$2.00"},
        ["$120.00", *paid],
        booked=["$60.00", "$120.00"],
        failed=["Recovered"],
    )
    life.look(f"/admin/reports/members/{member.pk}/")
    assert [(row[1], row[2]) for row in life.read("main tbody tr", CELLS)] == [
        ("Reactivation", "$10.00"),
        ("Churn", "−$10.00"),
        ("Contraction", "−$2.00"),
        ("New", "$12.00"),
    ]
