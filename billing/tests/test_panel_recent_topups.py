"""Recent Top-ups & Refunds: what came in, what went back, from where."""

import uuid
from decimal import Decimal

import pytest

from audit.models import AuditEvent
from billing import stripe_events
from billing.models import CreditAdjustment
from billing.tests.make import make_refund, make_session, make_top_up, store_event
from ledger.models import Transaction

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
PANEL = "/admin/billing/panels/recent_topups/"


@pytest.fixture
def paid(member):
    top_up = make_top_up(member)
    stripe_events.apply_event(store_event("checkout.session.completed", make_session(top_up)).pk)
    top_up.refresh_from_db()
    return top_up


def text_of(client, query=""):
    return client.get(PANEL + query, headers={"HX-Request": "true"}).content.decode()


def test_it_works(client_of, supporter, member, paid):
    stripe_events.apply_event(store_event("refund.created", make_refund(paid, 500)).pk)
    text = text_of(client_of(supporter))
    assert member.email in text and "$20.00" in text and "−$5.00" in text
    assert f"stripe:checkout.session:{paid.session_id}" in text


def test_it_shows_nothing_yet(client_of, accountant):
    assert "No top-ups yet" in text_of(client_of(accountant))


def test_it_filters_by_type_and_finds_by_address_and_id(client_of, supporter, member, paid):
    client = client_of(supporter)
    assert "Nothing matches" in text_of(client, "?kind=refund")
    for words in (member.email[:5].upper(), paid.session_id, paid.external_id):
        assert "$20.00" in text_of(client, f"?q={words}")
    assert "Nothing matches" in text_of(client, "?q=nobody")


def test_the_file_holds_the_filtered_rows(client_of, supporter, member, paid):
    response = client_of(supporter).get(PANEL + "?kind=top_up&format=csv")
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert lines[0].endswith("Time,User,Type,Amount,Source,External ID")
    assert len(lines) == 2 and f"{member.email},Top-up,20.00,Stripe,{paid.session_id}" in lines[1]


def test_a_row_opens_its_entries(client_of, accountant, paid):
    transaction = Transaction.objects.get(external_id=paid.external_id)
    page = client_of(accountant).get(f"/admin/billing/transactions/{transaction.pk}/").content.decode()
    assert "stripe" in page and "promo_issued" in page and "$21.00" not in page


def test_a_reversal_does_the_opposite(client_of, accountant, owner, member):
    adjustment = CreditAdjustment.objects.ask(member, Decimal(7), reason="x", form_key=uuid.uuid4(), by=owner)
    adjustment.reverse(by=owner)
    assert "−$7.00" in text_of(client_of(accountant), "?kind=reversal")


def test_the_file_is_recorded(client_of, accountant, paid):
    client_of(accountant).get(PANEL + "?kind=top_up&format=csv")
    assert AuditEvent.objects.get(verb="billing.exported").after == {"kind": "top_up"}


def test_it_requires_billing_read(client_of, marketer):
    assert client_of(marketer).get(PANEL).status_code == 403
