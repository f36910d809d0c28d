"""The webhook stores what Stripe signed and nothing else."""

import json
import time

import pytest

from alerts.models import Alert
from billing import webhook
from billing.models import StripeEvent
from billing.tests.make import SECRET, deliver, make_event, make_session, make_top_up, signature
from jobs import doorbell
from jobs.models import Job
from jobs.registry import run_now
from ledger.models import Transaction

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def secrets(settings, monkeypatch):
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    monkeypatch.setattr(webhook, "_minute", -webhook.MINUTE)


def session_event(member, amount="20"):
    return make_event("checkout.session.completed", make_session(make_top_up(member, amount)))


def test_it_works(client, member):
    response = deliver(client, session_event(member))
    assert response.status_code == 200
    stored = StripeEvent.objects.get()
    assert (stored.state, stored.type) == ("new", "checkout.session.completed")
    assert Job.objects.get().payload == {"event": stored.pk}


def test_a_duplicate_is_stored_once(client, member):
    event = session_event(member)
    assert [deliver(client, event).status_code for _ in range(3)] == [200, 200, 200]
    assert StripeEvent.objects.count() == Job.objects.count() == 1


def test_one_statement_for_a_new_event_and_for_a_duplicate(client, member, django_assert_num_queries):
    event = session_event(member)
    for _ in range(2):
        with django_assert_num_queries(1):
            assert deliver(client, event).status_code == 200


@pytest.mark.parametrize("offset", [-3 * 86_400, -3600, -302, 302, 3600, 86_400])
def test_it_refuses_old_and_future_signatures_as_clock_skew(client, member, offset):
    event = session_event(member)
    for _ in range(3):
        assert deliver(client, event, at=time.time() + offset).status_code == 400
    assert not StripeEvent.objects.exists()
    alert = Alert.objects.get()
    assert (alert.fingerprint, alert.severity, alert.count) == ("billing.webhook.clock", "bad", 1)
    assert alert.title.startswith("Clock skew") and ("before" if offset < 0 else "after") in alert.detail


def test_forged_calls_do_not_hide_a_wrong_clock(client, member):
    event = session_event(member)
    deliver(client, event, secret="whsec_guess", at=time.time() + 3600)
    assert [alert.fingerprint for alert in Alert.objects.all()] == ["billing.webhook.refused"]
    deliver(client, event, at=time.time() + 3600)
    assert Alert.objects.filter(fingerprint="billing.webhook.clock").exists()


def test_an_event_of_three_days_ago_is_taken_when_it_is_sent_again(client, member):
    """Stripe signs each attempt anew; the event keeps its time. Meanwhile the payment page has expired here."""
    top_up = make_top_up(member)
    event = make_event("checkout.session.completed", make_session(top_up), created=int(time.time()) - 3 * 86_400)
    top_up.status = "expired"
    top_up.save()
    assert [deliver(client, event).status_code for _ in range(2)] == [200, 200]
    run_now(Job.objects.get())
    top_up.refresh_from_db()
    booked = Transaction.objects.get(kind="top_up")
    assert (top_up.status, booked.amount, booked.happened_at.timestamp()) == ("paid", 20, event["created"])
    expired = make_session(top_up, status="expired", payment_status="unpaid", payment_intent=None)
    deliver(client, make_event("checkout.session.expired", expired))
    run_now(Job.objects.get(state="new", kind="billing.apply_event"))
    top_up.refresh_from_db()
    assert top_up.status == "paid" and Transaction.objects.filter(kind="top_up").count() == 1


def test_it_refuses_a_forged_signature_and_alerts(client, member):
    response = deliver(client, session_event(member), secret="whsec_guess")
    assert response.status_code == 400
    assert not StripeEvent.objects.exists() and not Transaction.objects.exists()
    assert Alert.objects.get().fingerprint == "billing.webhook.refused"


def test_forgers_do_not_make_it_write_with_every_call(client, member, django_assert_num_queries):
    event = session_event(member)
    deliver(client, event, secret="whsec_guess")
    with django_assert_num_queries(0):
        assert deliver(client, event, secret="whsec_guess").status_code == 400


@pytest.mark.parametrize("header", ["", "t=", "t=abc,v1=00", "v1=00", "t=١٢٣,v1=0", f"t={'9' * 30},v1=0"])
def test_it_refuses_a_broken_header(client, header):
    response = client.post(
        "/webhooks/stripe/", b"{}", content_type="application/json", headers={"Stripe-Signature": header}
    )
    assert response.status_code == 400


@pytest.mark.parametrize(
    "payload",
    [b"\xff\xfe", b"not json", b"[]", b"{}", b"null", b'{"object":"event"}', b'{"object":"v2.core.event","id":"e"}'],
)
def test_it_refuses_signed_bytes_that_are_no_event(client, payload):
    assert deliver(client, payload).status_code == 400
    assert not StripeEvent.objects.exists()


def test_it_refuses_a_large_body(client):
    payload = json.dumps({"x": "a" * 300_000}).encode()
    assert deliver(client, payload).status_code == 413


def test_it_refuses_when_no_secret_is_set(client, member, settings):
    settings.STRIPE_WEBHOOK_SECRETS = []
    response = deliver(client, session_event(member), secret="")
    assert response.status_code == 503
    assert b"STRIPE_WEBHOOK_SECRET" in response.content


def test_both_secrets_work_during_rotation(client, member, settings):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", SECRET]
    assert deliver(client, session_event(member)).status_code == 200
    assert deliver(client, session_event(member, "5"), secret="whsec_new").status_code == 200


def test_it_rejects_get(client):
    assert client.get("/webhooks/stripe/").status_code == 405


def test_it_needs_no_csrf_token(django_user_model, member):
    from django.test import Client

    assert deliver(Client(enforce_csrf_checks=True), session_event(member)).status_code == 200


def test_signature_is_checked_on_the_raw_bytes(client, member):
    payload = json.dumps(session_event(member)).encode()
    header = signature(payload)
    response = client.post(
        "/webhooks/stripe/", payload + b" ", content_type="application/json", headers={"Stripe-Signature": header}
    )
    assert response.status_code == 400


def test_it_calls_nobody(client, member, monkeypatch):
    """psycopg connects below Python, so a connection made here would be one to Stripe or to another service."""
    calls = []
    monkeypatch.setattr("socket.socket.connect", lambda self, address: calls.append(address))
    monkeypatch.setattr("socket.socket.connect_ex", lambda self, address: calls.append(address))
    assert deliver(client, session_event(member)).status_code == 200
    assert calls == []


@pytest.mark.parametrize("fault", ["silent", "refusing"])
def test_redis_down_or_hung_costs_a_second_once_and_events_are_stored(
    committed_db, client, member, broker, request, fault
):
    there = request.getfixturevalue(fault)
    broker(there if fault == "refusing" else there.port)
    events = [session_event(member, amount) for amount in (10, 20, 30, 40, 50)]
    assert [deliver(client, event).status_code for event in events] == [200] * 5
    assert fault == "refusing" or there.callers() == 1
    assert StripeEvent.objects.count() == Job.objects.filter(state="new").count() == 5


def test_a_web_process_does_not_wait_for_redis_at_all(committed_db, client, member, broker, silent):
    broker(silent.port, patience=20)
    event = session_event(member)
    doorbell.start_ringer()
    try:
        start = time.monotonic()
        assert deliver(client, event).status_code == 200
        assert time.monotonic() - start < 15
        silent.hang_up()
    finally:
        doorbell.stop_ringer()
    assert StripeEvent.objects.count() == 1


def test_it_refuses_a_signature_of_other_letters(client):
    header = f"t={int(time.time())},v1=\xe9\xff"
    response = client.post(
        "/webhooks/stripe/", b"{}", content_type="application/json", headers={"Stripe-Signature": header}
    )
    assert response.status_code == 400


@pytest.mark.parametrize(
    "field", [{"id": "evt_\ud800"}, {"type": "\udfff"}, {"created": -(10**18)}, {"created": 10**18}]
)
def test_it_refuses_signed_values_that_nothing_holds(client, field):
    event = make_event("charge.updated", {"id": "ch_1"}) | field
    assert deliver(client, event).status_code == 400
    assert not StripeEvent.objects.exists()


def test_an_event_that_nothing_handles_is_stored_without_a_job(client, django_assert_max_num_queries):
    event = make_event("invoice.created", {"id": "in_1"})
    with django_assert_max_num_queries(4):
        assert deliver(client, event).status_code == 200
    assert deliver(client, event).status_code == 200
    stored = StripeEvent.objects.get()
    assert stored.state == "unhandled" and "No handler for invoice.created" in stored.error
    assert not Job.objects.exists()
