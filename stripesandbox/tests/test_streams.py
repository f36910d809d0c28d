"""The recorder and the recorded streams."""

import json

import httpx
import pytest
import stripe

from stripesandbox.tests.make import make_payment, make_session
from stripesandbox.tests.record_streams import record_all
from stripesandbox.tests.server import ROOT
from stripesandbox.tests.shapes import problems

CLASSES = {
    cls.OBJECT_NAME: cls
    for cls in (
        *(stripe.Charge, stripe.Customer, stripe.Dispute, stripe.Invoice, stripe.InvoicePayment, stripe.PaymentIntent),
        *(stripe.Payout, stripe.Refund, stripe.checkout.Session, stripe.radar.EarlyFraudWarning),
    )
}
STREAMS = ROOT / "billing" / "tests" / "streams"


def test_it_works(sandbox, api):
    """Every event about a payment, in order, as it was delivered."""
    payment = make_payment(sandbox, api, invoice_creation={"enabled": True}).payment_intent
    dispute = sandbox.dispute(payment.id)
    events = sandbox.stream(payment.id)
    assert [event["type"] for event in events] == [
        *("payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "customer.created"),
        *("invoice.created", "invoice.finalized", "invoice.paid", "invoice.payment_succeeded", "invoice_payment.paid"),
        *("checkout.session.completed", "charge.updated"),
        *("charge.dispute.created", "charge.dispute.funds_withdrawn"),
    ]
    assert events[-1]["data"]["object"]["id"] == dispute
    assert api.events.retrieve(events[0]["id"]).to_dict() == events[0]
    assert sandbox.stream(payment.id, after=events[-2]["id"]) == events[-1:]
    shown = httpx.get(f"{sandbox.url}/payments/{payment.id}/events.json", trust_env=False)
    assert shown.json()["events"] == events
    everything = sandbox.stream()
    assert [event for event in everything if event["id"] in {told["id"] for told in events}] == events


def test_the_streams_are_what_the_sandbox_says(tmp_path):
    record_all(tmp_path)
    recorded = {path.name: path.read_text() for path in STREAMS.glob("*.json")}
    assert {path.name: path.read_text() for path in tmp_path.glob("*.json")} == recorded, (
        "Record them anew: python -m stripesandbox.tests.record_streams billing/tests/streams"
    )


@pytest.mark.parametrize("path", sorted(STREAMS.glob("*.json")), ids=lambda path: path.stem)
def test_recorded_events_have_stripes_shape(path):
    stream = json.loads(path.read_text())
    for event in stream["events"]:
        thing = event["data"]["object"]
        assert not [*problems(event, stripe.Event), *problems(thing, CLASSES[thing["object"]])]
    times = [event["created"] for event in stream["events"]]
    assert times == sorted(times)


def test_it_forgets_everything(sandbox, api, receiver):
    make_session(api)
    sandbox.forget()
    assert sandbox.stream() == []
    assert api.checkout.sessions.list().data == []
    assert api.webhook_endpoints.retrieve(receiver.id).status == "enabled"
