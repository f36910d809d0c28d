"""A member is suspended whose card, or payment page, Stripe still has: nothing is charged behind anybody's back."""

import pytest

from accounts import standing
from alerts.models import Alert
from audit.models import AuditEvent
from billing.models import TopUp
from billing.tests.stripe_side import choose, session_id, work
from ledger.queries import balances
from memberships import ending
from memberships.models import Enrolment, Invoice, Subscription
from memberships.tests.told import DAY, START, customer_of, subscription_told, tell

pytestmark = pytest.mark.django_db


def suspend(member, by, reason="Spam"):
    standing.suspend(member, by=by, reason=reason, ends_premium=True)
    work()


def test_what_is_past_due_is_not_collected_any_more(premium, member, supporter):
    row = premium.subscribe(member)
    premium.step(row, "fail")
    premium.side.deliver()
    premium.step(row, "renew")
    premium.side.deliver()
    owed = Invoice.objects.get(member=member, status="open")
    assert ending.charges(member)[0] == (owed.due, owed.next_attempt_at)
    suspend(member, supporter)
    premium.side.deliver()
    before = premium.balance()
    try:
        premium.sandbox.clock_to(owed.next_attempt_at.timestamp() + 60)
        premium.side.deliver()
        assert premium.balance() == before and not ending.renewing(member)
    finally:
        premium.sandbox.clock_to()
    assert premium.api.invoices.retrieve(owed.stripe_id).status == "void", "nor can it be paid by hand"
    assert Invoice.objects.get(pk=owed.pk).status == "void"
    told = AuditEvent.objects.get(verb="invoice.void_asked")
    assert told.target.endswith(str(owed.pk)) and told.after["due"] == "12.00"
    ending.void(owed)  # again is harmless


def test_a_second_end_is_no_echo_of_the_first(premium, member, supporter):
    """The member takes the first one back; the words of both are still on their way."""
    row = premium.subscribe(member)
    suspend(member, supporter, "One")
    standing.restore(member, by=supporter)
    premium.portal(member, "resume")
    suspend(member, supporter, "Two")
    assert premium.api.subscriptions.retrieve(row.stripe_id).cancel_at_period_end


def test_payment_pages_that_stand_open_are_closed(premium, member, supporter):
    client = premium.client(member)
    begun = client.post("/me/membership/subscribe/", {"interval": "month"})
    topping = client.post("/me/credit/top-ups/start/", choose())
    suspend(member, supporter)
    pages = [session_id(begun), session_id(topping)]
    assert {premium.api.checkout.sessions.retrieve(page).status for page in pages} == {"expired"}
    assert Enrolment.objects.get().status == TopUp.objects.get().status == "expired"


def test_staff_are_told_of_premium_that_is_paid_all_the_same(premium, member, supporter):
    premium.begins(member)
    suspend(member, supporter)
    premium.side.deliver()
    row = Subscription.objects.get()
    alert = Alert.objects.get(fingerprint=f"memberships.suspended.{row.pk}")
    assert member.email in alert.title and alert.url == f"/admin/users/{member.pk}/" and alert.count == 1
    assert standing.suspend(member, by=supporter, reason="Spam", ends_premium=True), "it can still be ended"
    work()
    premium.side.deliver()
    assert not ending.renewing(member)


def test_staff_are_told_of_a_top_up_that_is_paid_all_the_same(premium, member, supporter):
    opened = premium.client(member).post("/me/credit/top-ups/start/", choose())
    premium.sandbox.pay(session_id(opened), "pay", email=member.email)
    suspend(member, supporter)
    premium.side.deliver()
    top_up = TopUp.objects.get()
    assert balances(member).paid == top_up.cash == 20
    alert = Alert.objects.get(fingerprint=f"billing.late_top_up.{top_up.pk}")
    assert "suspended" in alert.title and "when the account opens again" in alert.detail


def test_what_was_just_renewed_ends_before_it_is_charged(premium, member, supporter):
    """Stripe has begun the period, and charges it an hour later."""
    row = premium.subscribe(member)
    before = premium.balance()
    try:
        premium.sandbox.clock_to(row.period_end.timestamp() + 60)
        premium.side.deliver()
        draft = Invoice.objects.get(status="draft")
        assert (draft.reason, [charge[0] for charge in ending.charges(member)]) == (Invoice.RENEWAL, [12, 12])
        suspend(member, supporter)
        premium.side.deliver()
        premium.sandbox.clock_to(row.period_end.timestamp() + 7200)
        premium.side.deliver()
        assert premium.balance() == before and Subscription.objects.get().status == "canceled"
    finally:
        premium.sandbox.clock_to()


@pytest.mark.parametrize("before", [{"status": "incomplete"}, {"cancel_at_period_end": True}])
def test_staff_are_told_when_premium_of_a_suspended_member_renews_after_all(member, supporter, before):
    """Its first payment came, or the member took the end back; and no more once that is over."""
    renews = subscription_told(customer_of(member))
    tell("customer.subscription.created", renews | before, START)
    standing.suspend(member, by=supporter, reason="Spam")
    assert not Alert.objects.exists()
    tell("customer.subscription.updated", renews, START + DAY)
    alert = Alert.objects.get(fingerprint=f"memberships.suspended.{Subscription.objects.get().pk}")
    assert alert.is_open and member.email in alert.title
    tell("customer.subscription.updated", renews | {"cancel_at_period_end": True}, START + 2 * DAY)
    alert.refresh_from_db()
    assert not alert.is_open, "it ends"
    tell("customer.subscription.updated", renews, START + 3 * DAY)
    alert.refresh_from_db()
    assert alert.is_open and alert.count == 2
    standing.restore(member, by=supporter)
    alert.refresh_from_db()
    assert not alert.is_open, "the member can see to it"
