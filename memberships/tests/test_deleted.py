"""A member goes to Stripe's page, deletes the account, and pays: nobody is charged for what nobody can use."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts import removal
from accounts.standing import NotAllowed
from alerts.models import Alert
from billing import checkout, open_pages, payment_page, saved_cards, stripe_api
from billing.models import CardSetup, TopUp
from billing.tests.make import make_top_up
from billing.tests.refunding import confirmed
from billing.tests.stripe_side import choose, session_id, work
from ledger.queries import balances
from memberships.checkout import price_now, reserve
from memberships.models import Enrolment, FailedAttempt, Invoice, Subscription
from memberships.tests.make import make_subscription

pytestmark = pytest.mark.django_db


def test_what_stands_open_is_closed_at_stripe(premium, member, monkeypatch):
    client = premium.client(member)
    begun = client.post("/me/membership/subscribe/", {"interval": "month"})
    topping = client.post("/me/credit/top-ups/start/", choose())
    setup = saved_cards.start(member)
    waits = make_top_up(member, "50", status=TopUp.Status.CREATING, session_id=None, checkout_url="")
    removal.delete(member, by=member, reason="My own wish")
    work()
    pages = [session_id(begun), session_id(topping), setup.session_id]
    assert {premium.api.checkout.sessions.retrieve(page).status for page in pages} == {"expired"}
    for kind in (Enrolment, TopUp, CardSetup):
        assert set(kind.objects.values_list("status", flat=True)) == {"expired"}
    late = {"id": "cs_late", "url": "https://stripe.example/cs_late", "expires_at": 1}
    monkeypatch.setattr(stripe_api, "call", lambda *_: late)
    payment_page.open_session(waits, dict, checkout.CHECKOUT_LIFETIME)
    assert waits.status == TopUp.Status.EXPIRED and not waits.checkout_url, "whoever waited for it is shown none"
    with pytest.raises(payment_page.AccountGone):
        reserve(member, price_now("month"))


def test_one_that_was_restored_meanwhile_keeps_its_pages(member, owner, monkeypatch):
    make_top_up(member)
    removal.delete(member, by=owner, reason="x")
    removal.restore(member, by=owner)
    monkeypatch.setattr(stripe_api, "call", pytest.fail)
    open_pages.close(member)
    assert TopUp.objects.get().status == TopUp.Status.OPEN


def test_one_that_stripe_leaves_open_is_asked_for_again(member, owner, monkeypatch):
    make_top_up(member)
    removal.delete(member, by=owner, reason="x")
    monkeypatch.setattr(stripe_api, "call", lambda *_: {"status": "open"})
    with pytest.raises(stripe_api.Unreachable):
        open_pages.close(member)
    assert TopUp.objects.get().status == TopUp.Status.OPEN


def test_a_page_that_does_not_close_is_in_no_others_way(member, owner, monkeypatch):
    stuck, other = make_top_up(member), make_top_up(member, "50")
    removal.delete(member, by=owner, reason="x")

    def call(resource, method, key, *asked):
        if key == stuck.session_id:
            raise stripe_api.Rejected("No permission.")
        return {"status": "expired"}

    monkeypatch.setattr(stripe_api, "call", call)
    with pytest.raises(stripe_api.Rejected):
        open_pages.close(member)
    assert dict(TopUp.objects.values_list("pk", "status")) == {stuck.pk: "open", other.pk: "expired"}


def test_what_was_tried_on_a_page_that_is_closed_is_lost(member, owner, monkeypatch):
    page = reserve(member, price_now("month"))
    Enrolment.objects.filter(pk=page.pk).update(status="open", session_id="cs_1")
    FailedAttempt.objects.create(member=member, attempt_id="ch_1", payment_intent_id="pi_1", amount=12)
    removal.delete(member, by=owner, reason="x")
    monkeypatch.setattr(stripe_api, "call", lambda *_: {"status": "expired"})
    open_pages.close(member)
    assert (Enrolment.objects.get().status, FailedAttempt.objects.get().outcome) == ("expired", "lost")


def test_a_subscription_that_is_paid_all_the_same_is_ended_and_paid_back(premium, member):
    premium.begins(member)
    removal.delete(member, by=member, reason="My own wish")
    for _ in range(3):
        premium.side.deliver()
    row, invoice = Subscription.objects.get(), Invoice.objects.get()
    assert (row.status, row.mrr) == ("canceled", 0) and not row.is_double
    back = invoice.money_back.get()
    assert back.holds and back.amount == 12 and balances(member).granted == 0
    alert = Alert.objects.get(fingerprint=f"memberships.late.{row.pk}")
    assert alert.title == f"{member.email} paid for Premium after the account was deleted"


def test_staff_are_told_of_a_top_up_that_is_paid_all_the_same(premium, member):
    opened = premium.client(member).post("/me/credit/top-ups/start/", choose())
    premium.sandbox.pay(session_id(opened), "pay", email=member.email)
    removal.delete(member, by=member, reason="My own wish")
    premium.side.deliver()
    top_up = TopUp.objects.get()
    assert (top_up.status, balances(member).paid) == (TopUp.Status.PAID, Decimal(20))
    alert = Alert.objects.get(fingerprint=f"billing.late_top_up.{top_up.pk}")
    assert f"{member.email} paid $20.00" in alert.title and alert.url == f"/admin/billing/top-ups/{top_up.pk}/"


@pytest.mark.parametrize("renews", [True, False])
def test_premium_that_runs_says_what_the_account_waits_for(member, renews):
    """To be cancelled, with the way there; or the end that is set."""
    ends = datetime(2026, 12, 27, 12, tzinfo=UTC)
    make_subscription(member, cancel_at=None if renews else ends)
    text = confirmed(member).get("/me/leave/").content.decode()
    assert (
        "Premium still runs: cancel it first." in text and 'href="/me/membership/">Go to your plan' in text
    ) == renews
    assert ("Premium ends on 27 Dec 2026; the account can be deleted then." in text) != renews
    with pytest.raises(NotAllowed, match="cancel it first" if renews else "ends on 27 Dec 2026"):
        removal.delete(member, by=member, reason="")
