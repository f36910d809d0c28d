"""What a member reads about their plan: what was charged, what waits on the balance, what holds."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Plan, PlanOverride
from alerts.models import Alert
from billing import stripe_api
from memberships import checkout, queries
from memberships.models import Enrolment, Subscription
from memberships.tests.make import make_invoice, make_subscription
from memberships.tests.told import customer_of, make_price, subscription_told
from tunables import values

pytestmark = pytest.mark.django_db
PAGE, REFRESH = "/me/membership/", "/me/membership/refresh/"


def test_switches_show_what_was_charged(client_of, member, settings):
    """A year is paid, switched to a month: what is left pays the next month, and part of a year again."""
    settings.STRIPE_SECRET_KEY = "sk_test_nowhere"
    row = make_subscription(member, "12")
    make_invoice(member, "120")
    make_invoice(member, "0", total=-108)
    make_invoice(member, "0", total=12)
    text = client_of(member).get(PAGE).content.decode()
    assert queries.of_member(member).balance == 96
    for words in ("$108.00 credited to your balance", "$12.00 paid from your balance", "On your balance", "$96.00"):
        assert words in text, words
    assert "−$108.00" not in text and text.count('data-label="Amount">$0.00') == 2
    make_invoice(member, "24", total=120)
    text = client_of(member).get(PAGE).content.decode()
    assert "$96.00 paid from your balance" in text and "On your balance" not in text
    make_invoice(member, "0", total=-50)
    row.status, row.ended_at = "canceled", timezone.now()
    row.save()
    assert "$50.00 stays on your balance" in client_of(member).get(PAGE).content.decode()


@pytest.mark.parametrize(("days", "stays"), [(None, False), (30, False), (2, True)])
def test_what_staff_gave_says_until_when(client_of, member, owner, days, stays):
    """Past due, and comped: without end, beyond the grace, or for less."""
    in_a_week = timezone.now() + timedelta(days=7)
    row = make_subscription(member, status="past_due", grace_until=in_a_week)
    make_invoice(member, status="open", paid_at=None, attempts=1, subscription_id_at_stripe=row.stripe_id)
    assert "Premium stays until" in client_of(member).get(PAGE).content.decode()
    until = days and timezone.now() + timedelta(days=days)
    PlanOverride.objects.create(user=member, plan=Plan.COMPED, reason="A friend", by=owner, until=until)
    text = client_of(member).get(PAGE).content.decode()
    assert ("Premium stays until" in text) == stays and "Premium is on us" in text and "is not paid yet" in text


def test_the_page_that_waits_asks_by_itself(client_of, member, monkeypatch):
    client, asked = client_of(member), []
    monkeypatch.setattr(checkout, "refresh", asked.append)
    assert "Thank you" not in client.get(f"{PAGE}?paid=1").content.decode(), "a bookmark: nothing is on its way"
    page = checkout.reserve(member, checkout.price_now("month"))
    page.session_id, page.status = "cs_1", "open"
    page.save()
    text = client.get(f"{PAGE}?paid=1").content.decode()
    assert (
        f'hx-post="{REFRESH}" hx-trigger="every 1s" hx-vals=\'{{"asked": "0"}}\'' in text and "X-Self-Refresh" in text
    )
    again = client.post(REFRESH, {"asked": "0"}, headers={"HX-Request": "true"})
    assert ('every 2s" hx-vals=\'{"asked": "1"}' in again.content.decode(), asked) == (True, [page])
    often = client.post(REFRESH, {"asked": "6"}, headers={"HX-Request": "true"}).content.decode()
    assert "hx-post" not in often and "Look again" in often
    assert client.post(REFRESH)["Location"].endswith("?paid=1")
    Enrolment.objects.update(status="complete", subscription_id="sub_1")
    assert "Thank you" in client.get(f"{PAGE}?paid=1").content.decode()
    ended = make_subscription(member, status="canceled", stripe_id="sub_1", ended_at=timezone.now())
    assert "Thank you" not in client.get(f"{PAGE}?paid=1").content.decode(), "it came, and ended since"
    ended.delete()
    make_subscription(member)
    assert client.post(REFRESH, headers={"HX-Request": "true"}).headers["HX-Redirect"] == PAGE
    assert client.post(REFRESH)["Location"] == PAGE and len(asked) == 3


def test_a_page_that_expires_while_it_is_waited_for_thanks_nobody(client_of, member, monkeypatch):
    """Neither does one that was only opened."""
    page = checkout.reserve(member, checkout.price_now("month"))
    Enrolment.objects.filter(pk=page.pk).update(status="open", session_id="cs_1")
    client = client_of(member)
    text = client.get(f"{PAGE}?paid=1").content.decode()
    assert "Thank you" not in text and "We are asking Stripe whether you have paid." in text
    told = {"id": "cs_1", "status": "expired", "metadata": {"enrolment": str(page.public_id)}}
    monkeypatch.setattr(checkout.stripe_api, "call", lambda *_: told)
    assert client.post(REFRESH, {"asked": "1"}, headers={"HX-Request": "true"}).headers["HX-Redirect"] == PAGE


@pytest.mark.parametrize("at_stripe", [True, False])
def test_past_due_leads_to_the_open_invoice(client_of, member, at_stripe):
    """Where nothing was charged the list of invoices says so."""
    url = "https://invoice.stripe.com/i/1" if at_stripe else ""
    row = make_subscription(member, status="past_due", grace_until=timezone.now() + timedelta(days=7))
    owed = {"status": "open", "paid_at": None, "attempts": 1, "next_attempt_at": timezone.now() + timedelta(days=3)}
    make_invoice(member, subscription_id_at_stripe=row.stripe_id, url=url, **owed)
    text = client_of(member).get(PAGE).content.decode()
    button = f'<a class="btn primary" href="{url}" rel="noreferrer">Pay now</a>'
    assert (button in text, '<button class="btn primary">Save another card' in text) == (at_stripe, not at_stripe)
    assert "helps at once" not in text and 'data-label="Amount">due $12.00' in text


def test_who_has_paid_and_presses_finds_premium_though_its_word_is_late(client_of, member, monkeypatch):
    row = checkout.reserve(member, make_price())
    Enrolment.objects.filter(pk=row.pk).update(status="complete", session_id="cs_1", subscription_id="sub_1")
    told = subscription_told(customer_of(member), id="sub_1")
    monkeypatch.setattr(stripe_api, "call", lambda *_: told)
    assert client_of(member).post(REFRESH)["Location"] == PAGE
    assert Subscription.objects.get().stripe_id == "sub_1"


def test_a_definite_no_is_not_said_to_be_late_and_is_told_to_staff(client_of, member, monkeypatch):
    row = checkout.reserve(member, make_price())
    Enrolment.objects.filter(pk=row.pk).update(status="open", session_id="cs_1")

    def no(*asked):
        raise stripe_api.Rejected("No such checkout.session: cs_1")

    monkeypatch.setattr(stripe_api, "call", no)
    for _ in range(2):
        text = client_of(member).post(REFRESH, follow=True).content.decode()
        assert "we have been told" in text and "as soon as it answers" not in text
    alert = Alert.objects.get()
    assert "No such checkout.session" in alert.detail and alert.is_open


def test_what_is_past_due_or_ends_does_not_renew(client_of, member):
    now, client = timezone.now(), client_of(member)
    row = make_subscription(member, status="past_due", since=timedelta(days=40), grace_until=now + timedelta(days=7))
    assert "Renews" not in client.get(PAGE).content.decode(), "its invoice is not known here"
    owed = {"status": "open", "paid_at": None, "attempts": 1, "next_attempt_at": now + timedelta(days=3)}
    invoice = make_invoice(member, subscription_id_at_stripe=row.stripe_id, **owed)
    text = client.get(PAGE).content.decode()
    assert "<dt>Due</dt><dd>$12.00, tried again on" in text and "Renews" not in text
    type(invoice).objects.update(next_attempt_at=None)
    assert "$12.00, which is not tried again by itself" in client.get(PAGE).content.decode()
    Subscription.objects.update(status="active", cancel_at=now)
    text = client.get(PAGE).content.decode()
    assert '<span class="badge warn">Ends <time' in text and ">Active<" not in text


def test_it_says_what_premium_gives(client_of, member, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_nowhere"
    assert "gives you $5.00 of credit a month" in client_of(member).get(PAGE).content.decode()
    values.change("premium_credit_usd", "0", by=None)
    assert "Premium gives" not in client_of(member).get(PAGE).content.decode()


def test_what_began_a_moment_ago_owes_nothing(client_of, member):
    """Stripe's word of the subscription comes before that of its first invoice."""
    row = make_subscription(member)
    make_invoice(
        member, status="open", paid_at=None, reason="subscription_create", subscription_id_at_stripe=row.stripe_id
    )
    text = client_of(member).get(PAGE).content.decode()
    assert "Paid a moment ago" in text and "Not paid yet" not in text and ">due " not in text
    Subscription.objects.update(status="past_due")
    text = client_of(member).get(PAGE).content.decode()
    assert "Paid a moment ago" not in text and "Not paid yet" in text
