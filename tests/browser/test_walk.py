"""The main job, walked in a browser on the whole system, embedded and installed: register, top up, look, refund."""

import re

import pytest

from tests.browser.chromium import PATIENCE, find_chromium, watch
from tests.system import INSTALLED, Installed
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.skipif(not find_chromium(), reason="no Chromium on this machine"),
    pytest.mark.timeout(240),
    pytest.mark.xdist_group("system"),
]
PASSWORD = "a long sentence about herons"


@pytest.fixture(scope="module", params=["embedded", "installed"])
def system(request, lasting_system):
    """The running system: from a copy of the tree, stopped at the end; or the one that deploy/install.sh brought up."""
    if request.param == "installed":
        if not INSTALLED:
            pytest.skip("no installed system here: deploy/rehearse.sh brings one up and walks through it")
        yield Installed.named(INSTALLED)
        return
    try:
        yield lasting_system.start()
    finally:
        lasting_system.stop()


@pytest.fixture
def someone(chromium, system):
    """A new window for somebody: `page, errors = someone()`."""
    contexts = []

    def open_window():
        contexts.append(chromium.new_context(base_url=system.url))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE)
        return page, watch(page)

    yield open_window
    for context in contexts:
        context.close()


def register(page, system, email: str) -> None:
    page.goto("/account/signup/")
    page.get_by_label("E-mail", exact=False).fill(email)
    page.locator("input[type=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Create").click()
    page.goto(system.confirmation_link())
    page.get_by_role("button", name="Yes, confirm").click()
    page.wait_for_url("**/me/")
    page.goto("/me/credit/")


def top_up_20(page) -> None:
    page.get_by_role("radio", name="$20.00 $1.00 on us").check()
    page.get_by_role("button", name="Continue to payment").click()
    page.wait_for_url("**/c/pay/**")
    page.get_by_role("button", name=re.compile("^Pay")).first.click()
    page.wait_for_url("**/me/credit/top-ups/**")
    page.get_by_role("heading", name="$20.00 has arrived").wait_for()


def sign_in_owner(page, system) -> None:
    """With the one-time link of a new installation, where there is no demo owner."""
    email, password = system.owner
    if system.owner_link:
        page.goto(system.owner_link)
        for field in page.locator("input[type=password]").all():
            field.fill(password)
        with page.expect_navigation():
            page.get_by_role("button", name="Set password").click()
        system.owner_link = ""  # it works once
    page.goto("/account/login/")
    if "/account/login/" in page.url:
        page.get_by_label("E-mail", exact=False).fill(email)
        page.locator("input[type=password]").fill(password)
        page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/admin/")


def paid_balance(page) -> str:
    return page.locator(".parts div", has_text="Paid").locator("dd").inner_text()


def wait_for_paid(page, amount: str, seconds: float) -> float:
    """Reload until the paid balance is `amount`; returns how long it took."""

    def is_paid() -> bool:
        page.reload()
        return paid_balance(page) == amount

    return wait_until(is_paid, seconds, f"{amount} paid")


def test_it_works(someone, system):
    member, errors = someone()
    register(member, system, "nora@example.com")
    top_up_20(member)
    member.goto("/me/credit/")
    assert paid_balance(member) == "$20.00"

    owner, owner_errors = someone()
    sign_in_owner(owner, system)
    owner.goto("/admin/billing/?recent_topups.q=nora@example.com")
    row = owner.locator("#panel-billing-recent_topups tr", has_text="nora@example.com").filter(has_text="Top-up")
    assert "$20.00" in row.inner_text()

    refund_at_the_sandbox(someone, system, "nora@example.com")
    wait_for_paid(member, "$15.00", 60)
    owner.reload()
    refund = owner.locator("#panel-billing-recent_topups tr", has_text="nora@example.com").filter(has_text="Refund")
    assert "−$5.00" in refund.inner_text()
    assert errors == [] and owner_errors == []
    assert "adds up" in system.manage("check_ledger")


def refund_at_the_sandbox(someone, system, email: str) -> None:
    """From the sandbox's Dashboard, as the owner of a Stripe account would."""
    page, _ = someone()
    page.goto(system.sandbox)
    page.locator("tr", has_text=email).get_by_role("link").first.click()
    page.locator("#id_amount").fill("5.00")
    page.get_by_role("button", name=re.compile("Refund")).click()
    page.wait_for_load_state()


def test_the_owner_refunds_a_part_from_our_panel(someone, system):
    member, errors = someone()
    register(member, system, "rosa@example.com")
    top_up_20(member)
    member.goto("/me/credit/")

    owner, owner_errors = someone()
    sign_in_owner(owner, system)
    owner.goto("/admin/billing/?recent_topups.q=rosa@example.com")
    row = owner.locator("#panel-billing-recent_topups tr", has_text="rosa@example.com").filter(has_text="Top-up")
    row.get_by_role("link", name="cs_test_").click()
    owner.get_by_role("link", name="Refund…").click()
    owner.locator("input[type=password]").fill(system.owner[1])
    owner.get_by_role("button", name="Continue").click()
    owner.locator("#refund-amount").fill("5.00")
    owner.locator("#refund-preview", has_text="loses $5.00 of paid credit and $0.25 of the bonus").wait_for()
    owner.locator("#refund-reason").fill("The frame was crooked")
    button = owner.get_by_role("button", name="Refund", exact=True)
    assert button.is_disabled(), "nothing is confirmed yet"
    owner.locator("#refund-typed").fill("rosa@example.com")
    button.click()
    owner.get_by_text("Stripe is asked to refund $5.00").wait_for()
    owner.get_by_text("Booked as transaction").wait_for()
    assert "$15.00 can still be refunded" in owner.locator("#panel-billing-top_up_money").inner_text()
    wait_for_paid(member, "$15.00", 60)
    owner.get_by_role("link", name=re.compile("^transaction")).click()
    owner.get_by_role("heading", name="Refund −$5.00").wait_for()
    assert errors == [] and owner_errors == []
    assert "adds up" in system.manage("check_ledger")
