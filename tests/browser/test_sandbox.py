"""The pages of the Stripe sandbox in a real browser, with something to show and with nothing: no fault, wide or on a
phone, light or dark; and the trouble that a person makes there by hand."""

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import PATIENCE, watch
from tests.browser.conftest import DESKTOP, PHONE

BOARD = ["/", "/customers", "/balance", "/events", "/webhooks", "/trouble", "/clock"]
REFUSED = "console: Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"

pytestmark = pytest.mark.long  # the sandbox is no page of the product


@pytest.fixture
def stripe(sandbox):
    """A sandbox on which nothing has happened."""
    yield sandbox
    sandbox.pause(False)


@pytest.fixture
def history(stripe):
    """Payments with every kind of ending, payouts, trouble that is switched on, letters that wait."""
    stripe.pause()
    endpoint = stripe.client().v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
    stripe.play("+0 pay card=decline", "+1d pay by=bank")
    made = stripe.play(
        *("+0 pay amount=50.00", "+1d warn", "+2d refund amount=5.00", "+3d refund amount=1.00", "+3d fail_refund"),
        *("+4d pay_out", "+5d dispute amount=9.00", "+6d pay card=refund_pending", "+6d refund"),
        *("+6d pay card=challenge", "+6d open amount=7.00"),
    )["made"]
    stripe.fault(status=500, path="refunds", times=2)
    stripe.mishap("delay", types="charge.", seconds=9)
    yield made
    stripe.client().v1.webhook_endpoints.delete(endpoint.id)


@pytest.fixture
def look(chromium, stripe):
    """`page = look("/trouble", phone=True, theme="dark")`; every page keeps quiet to the end of the test."""
    contexts, pages = [], []

    def open_one(path, *, phone=False, theme="light"):
        context = chromium.new_context(
            base_url=stripe.url, viewport=PHONE if phone else DESKTOP, color_scheme=theme, has_touch=phone
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.errors = watch(page)
        contexts.append(context)
        pages.append(page)
        page.goto(path)
        return page

    yield open_one
    errors = [error for page in pages for error in page.errors]
    for context in contexts:
        context.close()
    assert errors == []


def turned(page, size, theme):
    """The same page in another size and another light; every rule that asks follows."""
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=theme)
    return page


def test_pages_have_no_fault(look, faultless, history, stripe):
    api = stripe.client().v1
    session = api.checkout.sessions.list({"status": "open"}).data[0].id
    event = api.events.list({"type": "charge.dispute.created"}).data[0].id
    paid, waiting, asked, _ = history["payment_intents"]
    details = [
        f"/payments/{paid}",
        f"/payments/{waiting}",
        f"/payments/{asked}",
        f"/events/{event}",
        f"/customers/{history['customers'][0]}",
    ]
    page = look("/")
    for path in [*BOARD, *details, f"/c/pay/{session}", f"/receipts/{history['charges'][0]}"]:
        turned(page, DESKTOP, "light").goto(path)
        expect(page.locator(".ribbon")).to_contain_text("Sandbox")
        for fold in page.locator("details").all():
            fold.evaluate("fold => { fold.open = true }")
        faultless(page)
        faultless(turned(page, PHONE, "dark"))


def test_empty_pages_have_no_fault(look, faultless):
    page = look("/")
    for path in BOARD:
        page.goto(path)
        faultless(page)


def test_trouble_is_switched_on_and_off_by_keyboard(look, faultless, stripe):
    page = look("/trouble")
    expect(page.get_by_text("Nothing: Stripe and its post work as they should.")).to_be_visible()
    page.get_by_label("What goes wrong").focus()
    page.keyboard.type("It never")
    page.get_by_label("Only calls that begin with").focus()
    page.keyboard.type("refunds")
    page.keyboard.press("Enter")
    on = page.locator(".orders li")
    expect(on).to_contain_text("All calls of refunds get no answer, before the work is done")
    page.get_by_role("button", name="Hold all events back").press("Enter")
    expect(on).to_have_count(2)
    faultless(page)
    page.get_by_role("button", name="Switch off: All calls of refunds").press("Enter")
    expect(on).to_have_count(1)
    page.get_by_role("button", name="All off").press("Enter")
    expect(page.locator(".note")).to_contain_text("Everything is switched off")
    assert stripe.control("fault")["on"] == []


def test_wrong_forms_say_so_and_keep_what_was_typed(look, faultless, history):
    page = look("/trouble", phone=True)
    page.get_by_label("How many times").fill("0")
    page.get_by_label("Only calls that begin with").fill("/v1/refunds")
    page.get_by_role("button", name="Start the trouble").first.click()
    expect(page.get_by_text("Enter the beginning of a path after /v1/")).to_be_visible()
    expect(page.get_by_label("Only calls that begin with")).to_have_value("/v1/refunds")
    faultless(page)
    page.goto("/clock")
    page.get_by_label("Steps, one a line").fill("+0 pay\n+1d dance")
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#id_steps_error")).to_contain_text("there is no dance")
    expect(page.get_by_label("Steps, one a line")).to_have_value("+0 pay\n+1d dance")
    faultless(page)
    page.goto(f"/payments/{history['payment_intents'][1]}")
    page.get_by_text("What the customer’s bank may do").click()
    page.get_by_label("Amount").last.fill("999")
    page.get_by_role("button", name="Open a dispute").click()
    expect(page.locator("#dispute_id_amount_error")).to_contain_text("A dispute is over")
    expect(page.locator("#dispute_id_amount")).to_have_value("999")
    faultless(page)
    assert page.errors == [REFUSED] * 3
    page.errors.clear()


def test_a_script_plays_months_on_the_page(look, faultless):
    page = look("/clock")
    page.get_by_text("Scripts that come with the sandbox").click()
    page.get_by_role("link", name="A dispute is answered and won").click()
    page.get_by_role("button", name="Play").click()
    played = page.locator("#played + .scroll")
    expect(played.get_by_role("row")).to_have_count(5)
    faultless(page)
    page.get_by_role("link", name="Payment 1").click()
    expect(page.get_by_role("heading", level=2).filter(has_text="Dispute over $20.00")).to_contain_text("Won")
