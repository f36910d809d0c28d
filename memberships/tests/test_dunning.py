"""Mails to members whose Premium is not paid, or has ended: each once."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Plan, PlanOverride, QueuedMail
from memberships import dunning
from memberships.models import Invoice, Subscription
from memberships.tasks import write_to_members
from memberships.tests.make import make_invoice, make_subscription
from memberships.tests.told import DAY, paid, refund_told, tell
from poemvision.celery import app

pytestmark = pytest.mark.django_db


def written() -> list[str]:
    write_to_members()
    found = list(QueuedMail.objects.order_by("pk").values_list("subject", "body"))
    QueuedMail.objects.all().delete()
    mails = [f"{subject}\n{body}" for subject, body in found]
    assert not any(sign in mail for mail in mails for sign in "<&"), mails
    return mails


def deleted(person) -> None:
    now = timezone.now()
    type(person).objects.filter(pk=person.pk).update(is_active=False, deleted_at=now, purges_at=now)


def test_from_the_first_failure_to_the_end(member, outsider):
    type(member).objects.filter(pk=member.pk).update(name="Rock 'n' Roll")
    in_a_week = timezone.now() + timedelta(days=7)
    row = make_subscription(member, status="past_due", grace_until=in_a_week)
    owed = {"status": "open", "paid_at": None, "attempts": 1, "next_attempt_at": in_a_week}
    page = "https://invoice.stripe.com/i/1"
    make_invoice(member, subscription_id_at_stripe=row.stripe_id, url=page, **owed)
    make_invoice(outsider, subscription_id_at_stripe=make_subscription(outsider).stripe_id, **owed)  # has recovered
    (first,) = written()
    assert (
        "could not be renewed" in first
        and "$12.00" in first
        and "Visa 4242" in first
        and f"Pay now on Stripe’s page, with this card or another:\n\n{page}" in first
    )
    Invoice.objects.update(attempts=2)
    assert written() == []  # once for each payment
    Subscription.objects.filter(pk=row.pk).update(grace_until=timezone.now() + timedelta(days=1))
    (second,) = written()
    assert "ends on" in second and written() == []
    Subscription.objects.filter(pk=row.pk).update(status="canceled", ended_at=timezone.now())
    (third,) = written()
    assert "has ended" in third and "as $12.00 for it could not be taken" in third and written() == []


def test_without_a_page_at_stripe_the_way_leads_to_the_plan(member):
    row = make_subscription(member, status="past_due")
    make_invoice(member, subscription_id_at_stripe=row.stripe_id, status="open", paid_at=None, attempts=1)
    (mail,) = written()
    assert "Pay now from the page of your plan" in mail and "Stripe" not in mail and "/me/membership/" in mail


@pytest.mark.parametrize(("asked", "says"), [(1, "your bank refused"), (2, "wanted you to confirm")])
def test_why_it_ended_is_what_became_of_the_last_attempt(member, asked, says):
    row = make_subscription(member, status="canceled", ended_at=timezone.now())
    owed = {"status": "uncollectible", "paid_at": None, "attempts": 2, "asked_attempt": asked}
    make_invoice(member, subscription_id_at_stripe=row.stripe_id, **owed)
    (mail,) = written()
    assert says in mail


def test_premium_that_goes_on_does_not_end(member, outsider, owner):
    """Who is back, or has Premium from us, is told of the money alone."""
    tomorrow = timezone.now() + timedelta(days=1)
    for person in (member, outsider):
        make_subscription(person, status="canceled", ended_at=timezone.now())
        owing = make_subscription(person, status="past_due", grace_until=tomorrow)
        owed = {"status": "open", "paid_at": None, "attempts": 1}
        make_invoice(person, subscription_id_at_stripe=owing.stripe_id, **owed)
    make_subscription(member)
    given = PlanOverride.objects.create(user=outsider, plan=Plan.COMPED, reason="A friend", by=owner)
    mails = written()
    assert len(mails) == 2 and all("could not" in mail and "Premium stays" not in mail for mail in mails)
    PlanOverride.objects.filter(pk=given.pk).update(ended_at=timezone.now())
    assert ["ends on" in mail for mail in written()] == [True]


def test_nobody_is_told_what_is_old_or_a_mistake_or_when_deleted(member, outsider, make_people):
    make_subscription(member, status="canceled", ended_at=timezone.now() - timedelta(days=4))
    make_subscription(member, status="canceled", ended_at=timezone.now(), is_double=True)
    make_subscription(outsider, status="canceled", ended_at=timezone.now())
    deleted(outsider)
    assert dunning.send_due() == 0
    assert any(entry["task"] == "memberships.dunning" for entry in app.conf.beat_schedule.values())


@pytest.mark.parametrize("active", [True, False])
def test_who_does_not_decide_it_is_told_that_it_ends(member, active):
    """Staff end it at Stripe, or by a suspension: once for each decision."""
    type(member).objects.filter(pk=member.pk).update(is_active=active)
    now = timezone.now()
    row = make_subscription(member, cancel_at=now + timedelta(days=9), canceled_at=now)
    (mail,) = written()
    assert "not renewed" in mail and ("suspended" in mail, "keep Premium" in mail) == (not active, active)
    assert written() == []
    Subscription.objects.filter(pk=row.pk).update(canceled_at=now + timedelta(hours=1))
    assert len(written()) == 1
    Subscription.objects.filter(pk=row.pk).update(status="canceled", ended_at=now)
    (mail,) = written()
    assert "has ended" in mail and ("suspended" in mail, "Come back" in mail) == (not active, active)
    assert written() == []


@pytest.mark.parametrize(("ago", "is_gone", "mails"), [(1, False, 1), (4, False, 0), (1, True, 0)])
def test_who_is_paid_back_is_told_once(member, ago, is_gone, mails):
    invoice, at = paid(member), int(time.time()) - ago * DAY
    if is_gone:
        deleted(member)
    refund = refund_told(invoice, 500, at)
    for status in ("pending", "succeeded", "succeeded"):
        tell("refund.updated", refund | {"status": status, "balance_transaction": status == "succeeded" and "txn_1"})
    found = QueuedMail.objects.values_list("subject", "body")
    assert len(found) == mails
    assert all("paid back $5.00" in subject and "of the $12.00" in body for subject, body in found)
