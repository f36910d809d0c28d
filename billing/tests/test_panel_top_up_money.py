"""Where the money of one top-up stands: refunds as they are known, lots, and what was booked."""

import uuid

import pytest

from billing import stripe_events
from billing.models import RefundRequest
from billing.tests.make import make_refund, make_session, make_top_up, store_event
from ledger.models import Transaction

pytestmark = pytest.mark.django_db
PAGES = ("/admin/billing/top-ups/{}/", "/admin/billing/panels/top_up_money/{}/")


def apply(type_, thing):
    return stripe_events.apply_event(store_event(type_, thing).pk)


@pytest.fixture
def top_up(member):
    made = make_top_up(member)
    apply("checkout.session.completed", make_session(made))
    made.refresh_from_db()
    return made


def panel(client, top_up):
    return client.get(PAGES[1].format(top_up.pk), headers={"HX-Request": "true"})


def ask(top_up, by, **fields):
    asked = {"reason": "Sorry", "stripe_reason": "duplicate", "form_key": uuid.uuid4()}
    return RefundRequest.objects.ask(top_up, 5, by=by, **(asked | fields))[0]


def test_it_works(client_of, accountant, top_up):
    apply("refund.created", make_refund(top_up, 500))
    answer = panel(client_of(accountant), top_up)
    text = answer.content.decode()
    for words in (
        "$15.00</strong> can still be refunded",
        "Made at Stripe · requested by customer",
        "Refunded",
        "$0.75",
    ):
        assert words in text, words
    refund = Transaction.objects.get(kind="refund")
    assert f"/admin/billing/transactions/{refund.pk}/" in text
    assert "Refund…" not in text, "who may only look sees no button"
    assert answer.status_code == 286, "nothing is under way: it stops asking"


def test_it_asks_again_while_a_refund_is_under_way(client_of, supporter, owner, top_up):
    asked = ask(top_up, owner)
    client = client_of(supporter)
    assert (panel(client, top_up).status_code, "Being sent" in panel(client, top_up).content.decode()) == (200, True)
    refund = make_refund(top_up, 500, metadata={"refund_request": str(asked.public_id)})
    asked.accept(refund)
    assert panel(client, top_up).status_code == 200
    apply("refund.created", refund)
    answer = panel(client, top_up)
    text = answer.content.decode()
    assert answer.status_code == 286 and "Sorry · Owner" in text and text.count(refund["id"]) == 3
    assert "$15.00</strong> can still be refunded" in text and "Refund…" in text


def test_it_shows_nothing_yet(client_of, accountant, member):
    text = panel(client_of(accountant), make_top_up(member)).content.decode()
    assert "Not paid, so there is nothing to refund" in text and "None." in text


def test_only_events_of_the_same_payment_are_heard(top_up, owner, outsider):
    asked = ask(top_up, owner)
    other = make_top_up(outsider)
    apply("checkout.session.completed", make_session(other))
    other.refresh_from_db()
    for named in (str(asked.public_id), "nonsense", ""):
        event = apply("refund.created", make_refund(other, 100, metadata={"refund_request": named}))
        assert event.state == "applied"
    asked.refresh_from_db()
    assert asked.status == "sending"


def test_the_page_tells_all_of_a_payment(client_of, supporter, top_up):
    apply("refund.created", make_refund(top_up, 500))
    text = client_of(supporter).get(PAGES[0].format(top_up.pk)).content.decode()
    for words in (top_up.member.email, top_up.session_id, top_up.payment_intent_id, "no card was declined"):
        assert words in text
    assert f"https://dashboard.stripe.com/test/payments/{top_up.payment_intent_id}" in text


def test_lists_lead_to_it(client_of, accountant, top_up):
    apply("refund.created", make_refund(top_up, 500))
    client, address = client_of(accountant), PAGES[0].format(top_up.pk)
    recent = client.get("/admin/billing/panels/recent_topups/", headers={"HX-Request": "true"}).content.decode()
    assert recent.count(address) == 2, "from the payment and from its refund"
    for booked in Transaction.objects.filter(member=top_up.member):
        assert address in client.get(f"/admin/billing/transactions/{booked.pk}/").content.decode()
    lookup = client.get(f"/admin/billing/panels/member_lookup/?member={top_up.member_id}").content.decode()
    assert lookup.count(address) == 2


@pytest.mark.parametrize("page", PAGES)
def test_it_requires_billing_read(client_of, marketer, top_up, page):
    assert client_of(marketer).get(page.format(top_up.pk)).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_an_unknown_one_is_not_found(client_of, accountant, page):
    assert client_of(accountant).get(page.format(10**15)).status_code == 404
