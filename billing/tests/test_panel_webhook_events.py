"""Webhook events: what Stripe told us and what became of it; replay."""

import pytest

from audit.models import AuditEvent
from billing.models import StripeEvent
from billing.tests.make import make_session, make_top_up, store_event
from jobs.models import Job

pytestmark = pytest.mark.django_db
PANEL = "/admin/billing/panels/webhook_events/"


def text_of(client, query=""):
    return client.get(PANEL + query, headers={"HX-Request": "true"}).content.decode()


def test_it_works(client_of, accountant):
    event = store_event("charge.updated", {"id": "ch_42"})
    event.settle(StripeEvent.State.QUARANTINED, "A live mode event")
    text = text_of(client_of(accountant))
    assert "charge.updated" in text and "Quarantined" in text and "A live mode event" in text
    assert "Replay" not in text


def test_it_shows_nothing_yet(client_of, accountant):
    assert "No events yet" in text_of(client_of(accountant))


def test_it_filters_and_finds(client_of, accountant):
    event = store_event("charge.updated", {"id": "ch_42"})
    client = client_of(accountant)
    for query in ("?state=new", "?q=ch_42", "?q=charge.", f"?q={event.event_id}"):
        assert event.event_id in text_of(client, query)
    assert "No event matches" in text_of(client, "?state=dead")


def test_the_payload_can_be_read(client_of, accountant):
    event = store_event("charge.updated", {"id": "ch_42", "note": "<script>"})
    client = client_of(accountant)
    page = client.get(f"/admin/billing/events/{event.pk}/").content.decode()
    assert "&lt;script&gt;" in page and "ch_42" in page
    assert client.get(f"/admin/billing/events/{event.pk}/payload.json").content.decode() == event.payload


def test_replay_queues_it_again(client_of, owner, member):
    event = store_event("checkout.session.completed", make_session(make_top_up(member)), livemode=True)
    event.settle(StripeEvent.State.QUARANTINED, "odd")
    response = client_of(owner).post(f"/admin/billing/events/{event.pk}/replay/", headers={"HX-Request": "true"})
    assert response.status_code == 204
    event.refresh_from_db()
    assert event.state == "new" and Job.objects.get().payload == {"event": event.pk}
    assert AuditEvent.objects.get(verb="event.replayed").before == {"state": "quarantined"}


def test_an_applied_event_is_not_replayed(client_of, owner):
    event = store_event("charge.updated", {"id": "ch_42"})
    event.settle(StripeEvent.State.APPLIED)
    client_of(owner).post(f"/admin/billing/events/{event.pk}/replay/")
    event.refresh_from_db()
    assert event.state == "applied" and not Job.objects.exists()


def test_replay_requires_billing_replay(client_of, supporter):
    event = store_event("charge.updated", {"id": "ch_42"})
    assert client_of(supporter).post(f"/admin/billing/events/{event.pk}/replay/").status_code == 403
