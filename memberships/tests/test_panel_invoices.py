"""What was billed for Premium."""

import pytest

from memberships.models import MoneyBack
from memberships.tests.make import make_invoice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
PANEL = "/admin/memberships/panels/invoices/"


def test_it_works(client_of, accountant, member):
    client = client_of(accountant)
    assert "No invoices yet" in client.get(PANEL).content.decode()
    paid = make_invoice(member, "12", recognised=3, refunded=4)
    back = {"kind": "refund", "amount": 4, "is_booked": True, "status": "succeeded", "created_at": paid.created_at}
    MoneyBack.objects.create(invoice=paid, stripe_id="re_1", **back)
    make_invoice(member, "7", status="open", paid_at=None, cash=0)
    text = client.get(PANEL).content.decode()
    for words in ("$12.00", "$5.00", "$4.00 refunded", "$7.00 due", "Open"):
        assert words in text, words
    assert "$12.00" not in client.get(f"{PANEL}?status=open").content.decode()
    assert "Nothing matches" in client.get(f"{PANEL}?q=nobody").content.decode()
    file = b"".join(client.get(f"{PANEL}?format=csv").streaming_content).decode()
    assert "Paid,12.00,12.00" in file
