"""Staff refund a payment from our panel, at a real sandbox: who may, how much, and once."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from audit.models import AuditEvent
from billing.models import Refund, RefundRequest
from billing.tests.make import make_top_up
from billing.tests.refunding import at_stripe, confirmed, credit, paid_top_up, press, typed
from billing.tests.stripe_side import event_states
from ledger.models import Transaction
from tunables import values


@pytest.fixture
def top_up(stripe_side, member):
    return paid_top_up(stripe_side, member)


@pytest.fixture
def browser(supporter):
    return confirmed(supporter)


def acts():
    return list(AuditEvent.objects.filter(verb__startswith="refund.").order_by("pk").values_list("verb", flat=True))


def page_of(client, top_up) -> str:
    return client.get(f"/admin/billing/top-ups/{top_up.pk}/").content.decode()


@pytest.mark.django_db
def test_it_works(browser, supporter, member, top_up, stripe_side):
    answer = press(browser, top_up, typed(top_up))
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/billing/top-ups/{top_up.pk}/")
    asked = RefundRequest.objects.get()
    assert (asked.status, asked.amount, asked.requested_by) == ("accepted", 5, supporter)
    assert credit(member) == (20, 1, 0), "the ledger waits for Stripe's event"
    assert "The credit moves when Stripe’s event arrives" in page_of(browser, top_up)
    stripe_side.deliver()
    assert credit(member) == (15, Decimal("0.75"), 0)
    refund = stripe_side.api.refunds.retrieve(asked.stripe_id)
    assert (refund.amount, refund.reason) == (500, "requested_by_customer")
    booked = Transaction.objects.get(external_id=f"stripe:refund:{refund.id}")
    page = page_of(browser, top_up)
    assert f'Booked as <a href="/admin/billing/transactions/{booked.pk}/">' in page and "Refunded" in page
    assert acts() == ["refund.asked", "refund.sent"]
    assert AuditEvent.objects.get(verb="refund.asked").note == "Did not like the frame"


@pytest.mark.django_db
def test_all_of_it_in_two_parts(browser, member, top_up, stripe_side):
    for amount in ("5.00", "15.00"):
        press(browser, top_up, typed(top_up, amount))
    assert sorted(at_stripe(stripe_side, top_up)) == [500, 1500]
    stripe_side.deliver()
    assert credit(member) == (0, 0, 0)
    assert "Nothing is left to refund" in page_of(browser, top_up)
    assert event_states() <= {"applied", "unhandled"}


# Who may


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["accountant", "marketer", "member"])
def test_it_requires_billing_refund(request, who, member):
    top_up = make_top_up(member, status="paid", cash="20", paid_at="2026-11-25T00:00Z", payment_intent_id="pi_1")
    client = confirmed(request.getfixturevalue(who))
    assert press(client, top_up, typed(top_up)).status_code == 403
    assert client.get(f"/admin/billing/top-ups/{top_up.pk}/refunds/new/").status_code == 403
    assert client.get(f"/admin/billing/panels/refund_preview/{top_up.pk}/").status_code == 403
    assert not RefundRequest.objects.exists()


@pytest.mark.django_db
def test_nobody_refunds_their_own_payment(owner, stripe_side):
    top_up = paid_top_up(stripe_side, owner)
    answer = press(confirmed(owner), top_up, typed(top_up))
    assert answer.status_code == 422 and "Nobody changes their own credit" in answer.content.decode()
    assert at_stripe(stripe_side, top_up) == []


@pytest.mark.django_db
def test_the_password_comes_first_and_then_it_happens_once(client_of, supporter, member, top_up, stripe_side):
    client, form = client_of(supporter), typed(top_up)
    page = f"/admin/billing/top-ups/{top_up.pk}/refunds/new/"
    sent_away = f"/account/reauthenticate/?next={page.replace('/', '%2F')}"
    assert client.get(page)["Location"] == sent_away
    refused = client.post(f"/admin/billing/top-ups/{top_up.pk}/refund/", form, headers={"Referer": f"http://t{page}"})
    assert refused["Location"] == sent_away
    assert not RefundRequest.objects.exists()
    assert "You are about to refund a payment." in client.get(sent_away).content.decode()
    back = client.post(sent_away, {"password": "poem-vision-demo"})
    assert back["Location"] == page
    shown = client.get(page).content.decode()
    assert "Did not like the frame" in shown and 'value="5.00"' in shown, "what was typed is there again"
    assert member.email not in shown[shown.index('name="typed"') :][:200], "but not the confirmation"
    assert "Did not like the frame" not in client.get(page).content.decode(), "once"
    assert not RefundRequest.objects.exists(), "what was pressed before is not replayed"
    for _ in range(2):
        assert press(client, top_up, form).status_code == 302
    assert at_stripe(stripe_side, top_up) == [500]


@pytest.mark.django_db
def test_a_password_given_long_ago_does_not_count(browser, top_up, monkeypatch):
    import time

    values.change("reauthentication_minutes", "1", by=None)
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    assert press(browser, top_up, typed(top_up))["Location"].startswith("/account/reauthenticate/")
    answer = browser.post(f"/admin/billing/top-ups/{top_up.pk}/refund/", typed(top_up), headers={"HX-Request": "true"})
    assert answer.status_code == 401 and answer["HX-Redirect"].startswith("/account/reauthenticate/")
    assert not RefundRequest.objects.exists()


# What may be typed


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("NaN", "Enter an amount in dollars"),
        ("Infinity", "Enter an amount in dollars"),
        ("1e3", "Enter an amount in dollars"),
        ("1" + "0" * 30, "The largest amount is"),
        ("0.0000001", "at most 2 decimal places"),
        ("1.005", "at most 2 decimal places"),
        ("-5", "above zero"),
        ("0", "other than zero"),
        ("", "Fill this in"),
        ("20.01", "At most $20.00 of this payment can be refunded now"),
    ],
)
def test_a_bad_amount_is_told_beside_the_field(browser, top_up, stripe_side, amount, sentence):
    answer = press(browser, top_up, typed(top_up, amount))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page[page.index('id="e-refund-amount"') :][:200]
    assert "Did not like the frame" in page, "what was typed stays"
    assert at_stripe(stripe_side, top_up) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"typed": "yes"},
        {"reason": ""},
        {"reason": "x" * 501},
        {"stripe_reason": "expired_uncaptured_charge"},
        {"form_key": "1"},
    ],
)
def test_what_is_missing_or_made_up_is_refused(browser, top_up, changes):
    assert press(browser, top_up, typed(top_up, **changes)).status_code == 422
    assert not RefundRequest.objects.exists()


@pytest.mark.django_db
def test_a_payment_that_was_never_paid_has_nothing_to_refund(browser, member):
    top_up = make_top_up(member)
    assert "At most $0.00" in press(browser, top_up, typed(top_up)).content.decode()
    new = browser.get(f"/admin/billing/top-ups/{top_up.pk}/refunds/new/").content.decode()
    assert "Nothing is left to refund" in new and "Not paid" in page_of(browser, top_up)


# Once


def test_ten_presses_of_one_form_refund_once(committed_db, make_people, stripe_side):
    staff, member = make_people("support", "")
    top_up, form = paid_top_up(stripe_side, member), None
    form = typed(top_up)
    with ThreadPoolExecutor(10) as pool:
        browsers = [confirmed(staff, "x") for _ in range(10)]
        answers = list(pool.map(lambda browser: press(browser, top_up, form), browsers))
    assert [answer.status_code for answer in answers] == [302] * 10
    assert at_stripe(stripe_side, top_up) == [500]
    assert acts() == ["refund.asked", "refund.sent"]


def test_two_colleagues_at_once_never_ask_for_more_than_is_left(committed_db, make_people, stripe_side):
    *staff, member = make_people("support", "super_admin", "")
    top_up = paid_top_up(stripe_side, member)
    browsers = [confirmed(person, "x") for person in staff]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda browser: press(browser, top_up, typed(top_up, "15.00")), browsers))
    assert sorted(answer.status_code for answer in answers) == [302, 422]
    told = next(answer.content.decode() for answer in answers if answer.status_code == 422)
    assert "At most $5.00 of this payment can be refunded now" in told
    assert at_stripe(stripe_side, top_up) == [1500]
    stripe_side.deliver()
    assert RefundRequest.objects.left(top_up) == 5, "the refund that Stripe tells of is not counted twice"


@pytest.mark.django_db
def test_the_same_form_with_another_amount_is_refused(browser, top_up, stripe_side):
    key = str(uuid.uuid4())
    press(browser, top_up, typed(top_up, form_key=key))
    again = press(browser, top_up, typed(top_up, "6.00", form_key=key))
    assert again.status_code == 422 and "sent already, with other values" in again.content.decode()
    assert at_stripe(stripe_side, top_up) == [500]


@pytest.mark.django_db
def test_a_refund_that_fails_later_can_be_made_again(browser, member, top_up, stripe_side):
    press(browser, top_up, typed(top_up, "20.00"))
    stripe_side.deliver()
    stripe_side.sandbox.fail_refund(Refund.objects.get().stripe_id)
    stripe_side.deliver()
    assert credit(member) == (20, 1, 0)
    page = page_of(browser, top_up)
    assert "given back as" in page and "$20.00</strong> can still be refunded" in page
    assert press(browser, top_up, typed(top_up, "20.00")).status_code == 302
    stripe_side.deliver()
    assert credit(member) == (0, 0, 0)
