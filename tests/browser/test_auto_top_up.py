"""Auto top-up from the card to its end: saved at Stripe, agreed to, charged once, seen and turned off by staff."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from audit.models import AuditEvent
from billing import auto_top_ups
from billing.tests.auto import asked_lately, charged, spend
from ledger import checks, posting
from studio import paying
from tests.browser.test_money_walk import stripe  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.timeout(300), pytest.mark.usefixtures("confirmed_lately")]
AUTO = "/me/credit/auto/"


def test_a_card_is_saved_charged_once_and_staff_turn_it_off(open_page, stripe, supporter, member):  # noqa: F811
    asked_lately()
    posting.grant(member, Decimal(6), note="Welcome")
    theirs = open_page(AUTO, as_user=member)
    theirs.get_by_role("button", name="Save a card").click()
    theirs.get_by_role("button", name="Save card").click()
    theirs.get_by_text("Stripe tells us of your card in a moment").wait_for()
    stripe.deliver()

    theirs.goto(AUTO)
    for label, dollars in (("When my credit", "5"), ("Top up", "20"), ("No more in a month", "30")):
        theirs.get_by_label(label).fill(dollars)
    theirs.get_by_label("I agree").check()
    theirs.get_by_role("button", name="Turn on").click()
    expect(theirs.locator("main")).to_contain_text("$0.00 of $30.00 used this month")

    held = posting.hold(member, Decimal(2), service="poem", expires_at=timezone.now() + timedelta(hours=1))
    paying.settle(held.hold_id, Decimal(2))
    stripe.deliver()  # the job asks Stripe,
    stripe.deliver()  # whose letters tell what came of it
    spend(member, "22")
    assert auto_top_ups.sweep() == 0, "not twice within the hour"
    assert charged(stripe, member) == [2000] and checks.run() == []
    theirs.goto(AUTO)
    expect(theirs.get_by_role("region", name="Last attempts, table").locator("tbody tr")).to_contain_text(["Paid"])
    expect(theirs.locator("main")).to_contain_text("$20.00 of $30.00 used this month")

    ours = open_page("/admin/memberships/", as_user=supporter)
    listed = ours.locator("#panel-memberships-auto_top_ups")
    listed.scroll_into_view_if_needed()
    expect(listed.locator("tbody td.num")).to_have_text(["$5.00", "$20.00", "$20.00", "$30.00"])
    ours.goto(f"/admin/users/{member.pk}/")
    ours.get_by_role("button", name="Turn off auto top-up").click()
    dialog = ours.get_by_role("dialog", name=f"Turn off auto top-up of {member.email}")
    dialog.get_by_label("Reason").fill("Asked by phone")
    dialog.get_by_role("button", name="Turn off").click()
    expect(ours.locator(".toast")).to_contain_text(f"Auto top-up of {member.email} is off.")
    assert AuditEvent.objects.get(verb="auto_top_up.turned_off").note == "Asked by phone"
    theirs.goto(AUTO)
    expect(theirs.locator("main")).to_contain_text("We turned your auto top-up off.")
