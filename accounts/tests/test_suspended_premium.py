"""Who is suspended cannot sign in to cancel: staff are told what Premium goes on to take, and may end it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from billing import stripe_api
from jobs.models import Job
from jobs.registry import run_now
from memberships import ending
from memberships.models import Invoice, Subscription
from memberships.tests.make import make_invoice, make_subscription
from memberships.tests.told import START, customer_of, subscription_told, tell
from ui.format import plain_day

pytestmark = pytest.mark.django_db


def suspend(client, member, **typed):
    asked = {"reason": "Abuse", "until": "", "seen": ending.as_shown(ending.renewing(member))} | typed
    headers = {"HX-Request": "true"}
    return client.post(f"/admin/accounts/users/{member.pk}/suspend/", asked, headers=headers).status_code


def ending_jobs():
    return Job.objects.filter(kind="memberships.end_premium")


def test_it_is_ended_where_staff_choose_so(client_of, supporter, member, monkeypatch):
    client, page = client_of(supporter), f"/admin/accounts/panels/user_profile/{member.pk}/"
    assert "End Premium" not in client.get(page).content.decode()
    row = make_subscription(member)
    text = client.get(page).content.decode()
    assert "End Premium after the paid period" in text and "Otherwise the card is charged at most $12.00 on" in text
    for _ in range(2):
        assert suspend(client, member, ends_premium="on") == 204
    assert {told.after["premium"] for told in AuditEvent.objects.filter(verb="user.suspended")} == {"to be ended"}
    calls = []
    monkeypatch.setattr(
        stripe_api, "call", lambda *asked: calls.append(asked) or {"status": "active", "latest_invoice": None}
    )
    assert run_now(ending_jobs().get()).state == "done"
    assert [call[:3] for call in calls] == [("subscriptions", "update", row.stripe_id)]
    assert calls[0][3]["cancel_at_period_end"] is True
    assert suspend(client, member, ends_premium="on") == 204
    assert ending_jobs().count() == 2, "the one before may have looked already"


def test_what_is_not_collected_now_can_be_ended_too(client_of, supporter, member):
    """Stripe takes it up again by itself: https://docs.stripe.com/api/subscriptions/object, `pause_collection`."""
    row, client = make_subscription(member, is_collected=False), client_of(supporter)
    text = client.get(f"/admin/accounts/panels/user_profile/{member.pk}/").content.decode()
    assert "Otherwise it stays as it is, although" in text and "The collection of Premium is paused" in text
    assert ending.renewing(member) == [row] and ending.charges(member) == []
    assert suspend(client, member, ends_premium="on") == 204 and ending_jobs().exists()


def test_it_goes_on_where_they_do_not(client_of, supporter, member):
    make_subscription(member)
    assert suspend(client_of(supporter), member) == 204
    member.refresh_from_db()
    assert not member.is_active and not ending_jobs().exists()


def test_staff_read_what_is_really_charged(client_of, supporter, member):
    """Each that renews, net of what is taken off."""
    half = {"id": "di_1", "source": {"coupon": {"percent_off": 50, "amount_off": None, "duration": "forever"}}}
    tell("customer.subscription.created", subscription_told(customer_of(member), 1299, discounts=[half]), START)
    make_subscription(member, "120", interval="year")
    text = client_of(supporter).get(f"/admin/accounts/panels/user_profile/{member.pk}/").content.decode()
    assert "Otherwise the card is charged at most $6.50 on" in text and "and $120.00 on" in text


def test_where_nothing_renews_nothing_is_said_to_be_ended(client_of, supporter, member):
    make_subscription(member, cancel_at=timezone.now() + timedelta(days=9))
    assert suspend(client_of(supporter), member, ends_premium="on") == 204
    assert "premium" not in AuditEvent.objects.get(verb="user.suspended").after and not ending_jobs().exists()


@pytest.mark.parametrize("ended_at", [None, 1])
def test_one_that_ended_meanwhile_needs_no_end(member, monkeypatch, ended_at):
    row, member.is_active = make_subscription(member), False

    def call(resource, method, *asked):
        if method == "update":
            raise stripe_api.Rejected("A canceled subscription can only update its metadata.")
        return {"ended_at": ended_at}

    monkeypatch.setattr(stripe_api, "call", call)
    if ended_at:
        ending.end(member)
    else:
        with pytest.raises(stripe_api.Rejected):
            ending.end(member)
    assert Subscription.objects.get() == row


@pytest.mark.parametrize("error", [stripe_api.Rejected("No."), stripe_api.Unreachable("No answer.")])
def test_one_that_stripe_does_not_end_is_in_no_others_way(member, monkeypatch, error):
    first, second = make_subscription(member), make_subscription(member)
    member.is_active, ended = False, []

    def call(resource, method, key, *asked):
        if method == "update" and key == first.stripe_id:
            raise error
        ended.append(key)
        return {"status": "active", "ended_at": None, "latest_invoice": None}

    monkeypatch.setattr(stripe_api, "call", call)
    with pytest.raises(type(error)):
        ending.end(member)
    assert second.stripe_id in ended


def test_it_can_be_ended_later_with_the_same_words(client_of, supporter, member):
    client, page = client_of(supporter), f"/admin/accounts/panels/user_profile/{member.pk}/"
    make_subscription(member)
    suspend(client, member)
    shown = client.get(page).content.decode()
    assert "Change suspension" in shown and "End Premium after" in shown and 'value="Abuse"' in shown
    assert "The account is closed." in shown and "The account closes at once" not in shown
    assert suspend(client, member, ends_premium="on") == 204 and ending_jobs().exists()


def test_a_refused_form_still_says_what_is_charged(client_of, supporter, member):
    make_subscription(member)
    asked, headers = {"reason": "Abuse", "until": "2020-01-01"}, {"HX-Request": "true"}
    answer = client_of(supporter).post(f"/admin/accounts/users/{member.pk}/suspend/", asked, headers=headers)
    assert answer.status_code == 422 and "Otherwise the card is charged at most $12.00 on" in answer.content.decode()


def test_staff_read_when_what_is_past_due_is_tried_again_and_that_it_ends_at_once(client_of, supporter, member):
    day = timezone.now() + timedelta(days=3)
    row = make_subscription(member, status="past_due", cancel_at=timezone.now() + timedelta(days=20))
    owed = {"status": "open", "paid_at": None, "cash": 0, "next_attempt_at": day}
    make_invoice(member, "12", subscription_id_at_stripe=row.stripe_id, **owed)
    client = client_of(supporter)
    text = client.get(f"/admin/accounts/panels/user_profile/{member.pk}/").content.decode()
    assert f"charged at most $12.00 on {plain_day(day)}, although" in text and "ends at once" in text
    assert suspend(client, member, ends_premium="on") == 204
    assert "at once" in AuditEvent.objects.get(verb="user.suspended").after["premium"]


def test_what_began_to_renew_since_the_form_was_opened_is_shown_first(client_of, supporter, member):
    client, form = client_of(supporter), f"/admin/accounts/users/{member.pk}/suspend/"
    row = make_subscription(member)
    asked = {"reason": "Abuse", "until": "", "seen": ""}
    refused = client.post(form, asked, headers={"HX-Request": "true"})
    text = refused.content.decode()
    assert refused.status_code == 422 and "something else by now" in text and f'value="{row.stripe_id}"' in text
    assert "Otherwise the card is charged at most $12.00 on" in text
    member.refresh_from_db()
    assert member.is_active and suspend(client, member, ends_premium="on") == 204


def test_an_account_that_is_open_again_keeps_premium(member, monkeypatch):
    make_subscription(member)
    monkeypatch.setattr(stripe_api, "call", pytest.fail)
    ending.end(member)
    assert "open again" in AuditEvent.objects.get(verb="premium.end_dropped").note


@pytest.mark.parametrize(("status", "tried"), [("draft", [timedelta(hours=1)]), ("open", [])])
def test_what_was_renewed_within_the_hour_and_is_not_paid_yet_ends_at_once(client_of, supporter, member, status, tried):
    now = timezone.now()
    row = make_subscription(member, since=timedelta(), started_at=now - timedelta(days=30))
    unpaid = {"status": status, "paid_at": None, "cash": 0, "created_at": now}
    make_invoice(member, "11", subscription_id_at_stripe=row.stripe_id, **unpaid)
    assert ending.charges(member) == [*((11, now + after) for after in tried), (12, row.period_end)]
    text = client_of(supporter).get(f"/admin/accounts/panels/user_profile/{member.pk}/").content.decode()
    assert "not paid yet ends at once" in text
    Invoice.objects.update(status="paid", paid_at=now)
    assert not ending.ends_at_once(row)


def test_what_waits_on_the_balance_is_taken_first(member):
    year = make_subscription(member, "120", interval="year")
    make_invoice(member, "0", total=-20, subscription_id_at_stripe=year.stripe_id)
    month = make_subscription(member, since=timedelta(days=1))
    assert ending.charges(member) == [(100, year.period_end), (12, month.period_end)]


def test_where_no_charge_is_known_none_is_spoken_of(client_of, supporter, member):
    row = make_subscription(member, status="past_due", cancel_at=timezone.now() + timedelta(days=20))
    make_invoice(member, subscription_id_at_stripe=row.stripe_id, status="open", paid_at=None, cash=0)
    text = client_of(supporter).get(f"/admin/accounts/panels/user_profile/{member.pk}/").content.decode()
    assert "Otherwise it stays as it is, although" in text
