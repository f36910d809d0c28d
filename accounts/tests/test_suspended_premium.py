"""Who is suspended cannot sign in to cancel: staff are told what Premium goes on to take, and may end it."""

import pytest

from audit.models import AuditEvent
from billing import stripe_api
from jobs.models import Job
from jobs.registry import run_now
from memberships.tests.make import make_subscription

pytestmark = pytest.mark.django_db


def suspend(client, member, **typed):
    asked = {"reason": "Abuse", "until": ""} | typed
    headers = {"HX-Request": "true"}
    return client.post(f"/admin/accounts/users/{member.pk}/suspend/", asked, headers=headers).status_code


def ending_jobs():
    return Job.objects.filter(kind="memberships.end_premium")


def test_it_is_ended_where_staff_choose_so(client_of, supporter, member, monkeypatch):
    client, page = client_of(supporter), f"/admin/accounts/panels/user_profile/{member.pk}/"
    assert "End Premium" not in client.get(page).content.decode()
    row = make_subscription(member)
    text = client.get(page).content.decode()
    assert "End Premium after the paid period" in text and "Else the card is charged $12.00 on" in text
    assert suspend(client, member, ends_premium="on") == 204
    assert AuditEvent.objects.get(verb="user.suspended").after["premium"] == "not charged again"
    calls = []
    monkeypatch.setattr(stripe_api, "call", lambda *asked: calls.append(asked))
    assert run_now(ending_jobs().get()).state == "done"
    assert [call[:4] for call in calls] == [("subscriptions", "update", row.stripe_id, {"cancel_at_period_end": True})]


def test_it_goes_on_where_they_do_not(client_of, supporter, member):
    make_subscription(member)
    assert suspend(client_of(supporter), member) == 204
    member.refresh_from_db()
    assert not member.is_active and not ending_jobs().exists()
