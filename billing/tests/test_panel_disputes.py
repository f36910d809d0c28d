"""Disputes: what banks took back or ask about, with the day of the answer and the way to Stripe."""

import pytest

from billing import stripe_events
from billing.tests.make import make_dispute, make_session, make_top_up, store_event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
PANEL = "/admin/billing/panels/disputes/"


def text_of(client, query=""):
    return client.get(PANEL + query, headers={"HX-Request": "true"}).content.decode()


def disputed(member, **fields):
    top_up = make_top_up(member)
    for type_, thing in (
        ("checkout.session.completed", make_session(top_up)),
        ("charge.dispute.created", make_dispute(top_up, 2000, **fields)),
    ):
        stripe_events.apply_event(store_event(type_, thing).pk)
    return top_up


def test_it_works(client_of, supporter, member):
    disputed(member, id="du_1", reason="product_not_received")
    text = text_of(client_of(supporter))
    for words in (member.email, "$20.00", "Product not received", "Needs an answer", "disputes/du_1", "<time"):
        assert words in text


def test_it_shows_nothing_yet(client_of, accountant):
    assert "No disputes" in text_of(client_of(accountant))


def test_filters_and_file(client_of, supporter, member, outsider):
    disputed(member, id="du_1")
    disputed(outsider, id="du_2", status="lost")
    client = client_of(supporter)
    assert "du_2" not in text_of(client, "?state=answer") and "du_1" in text_of(client, "?state=open")
    assert "du_1" not in text_of(client, "?state=lost") and "du_2" in text_of(client, f"?q={outsider.email}")
    assert "Nothing matches" in text_of(client, "?q=du_3")
    file = b"".join(client.get(f"{PANEL}?format=csv&q=du_1")).decode()
    assert "du_1" in file and "du_2" not in file


def test_a_movement_of_it_stands_among_the_refunds(client_of, accountant, member):
    disputed(member)
    text = client_of(accountant).get("/admin/billing/panels/recent_topups/?kind=dispute").content.decode()
    assert "−$20.00" in text and "Dispute" in text


def test_it_requires_billing_read(client_of, marketer):
    assert client_of(marketer).get(PANEL).status_code == 403
