"""Where the money of one invoice for Premium stands: what can go back, what went, what is booked."""

import pytest

from billing.models import RefundRequest
from memberships.tests.told import dispute_told, make_price, paid, refund_told, tell

pytestmark = pytest.mark.django_db


def test_it_works(client_of, accountant, marketer, supporter, member):
    invoice = paid(member, 1200, (1200, make_price()))
    address = f"/admin/billing/panels/invoice_money/{invoice.pk}/"
    text = client_of(accountant).get(address).content.decode()
    for words in ("$12.00", "can still be refunded", "None.", "Included in Premium", "Premium, invoice POEM-0001"):
        assert words in text, words
    tell("refund.created", refund_told(invoice, 300, id="re_1"))
    tell("charge.dispute.created", dispute_told(invoice, -900, amount=900))
    RefundRequest.objects.create(
        invoice=invoice,
        amount=2,
        reason="Kind",
        stripe_reason="duplicate",
        form_key="a5f1d6bc-6d0f-4d0f-9f0b-000000000001",
        requested_by=supporter,
        status="unknown",
    )
    text = client_of(accountant).get(address).content.decode()
    for words in (
        "Nothing is left to refund",
        "re_1",
        "Booked as",
        "The bank disputes",
        "$9.00",
        "Kind",
        "Unknown",
        "−$3.00",
        "−$9.00",
    ):
        assert words in text, words
    assert client_of(marketer).get(address).status_code == 403
