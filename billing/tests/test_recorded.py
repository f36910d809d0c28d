"""The recorded streams fit this project: their events find their top-ups."""

import json
from decimal import Decimal

import pytest

from billing import stripe_events, webhook
from billing.models import TopUp
from billing.tests.make import make_top_up
from billing.tests.recorded import Recorded, names


@pytest.mark.parametrize("name", names())
def test_a_stream_pays_its_top_ups(db, member, name):
    stream = Recorded(name)
    for session in stream.of("checkout.session"):
        cents, public_id = session["amount_total"], session["metadata"]["top_up"]
        make_top_up(member, Decimal(cents) / 100, session_id=session["id"], public_id=public_id)
    for told in stream.events:
        event = webhook.parsed(json.dumps(told))
        event.save()
        assert stripe_events.apply_event(event.pk).state != event.State.QUARANTINED
    paid = [answer["payment_status"] for path, answer in stream.answers.items() if path.startswith("checkout/")]
    assert TopUp.objects.filter(status="paid").count() == paid.count("paid")


def test_it_answers_what_was_recorded():
    stream = Recorded("two_top_ups_refund_and_dispute")
    intent = stream.call("payment_intents", "retrieve", "pi_1", {"expand": ["latest_charge.balance_transaction"]})
    assert intent["latest_charge"]["balance_transaction"]["fee"] == 88
    assert [row["id"] for row in stream.call("refunds", "list", {"charge": "ch_1"})["data"]] == ["re_1"]
    assert stream.call("disputes", "list", {"charge": "ch_2", "limit": 100})["data"][0]["status"] == "lost"
    assert stream.call("events", "list", {"types": ["charge.refunded"]})["data"][0]["type"] == "charge.refunded"
    assert stream.call("balance_transactions", "list", {})["data"]
    with pytest.raises(KeyError):
        stream.call("refunds", "list", {"charge": "ch_9"})
