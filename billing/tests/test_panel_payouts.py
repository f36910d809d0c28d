"""Payouts to the bank, and those that came back."""

import pytest

from audit.models import AuditEvent
from billing import payouts
from billing.tests.make import make_payout

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
PANEL = "/admin/billing/panels/payouts/"


def text_of(client, query=""):
    return client.get(PANEL + query, headers={"HX-Request": "true"}).content.decode()


def test_it_works(client_of, accountant):
    payouts.apply_payout(make_payout(12345))
    payouts.apply_payout(make_payout(500, status="failed"))
    client = client_of(accountant)
    text = text_of(client)
    for words in ("$123.45", "Paid", "$5.00", "Failed", "The bank account has been closed.", "po_"):
        assert words in text
    assert "$123.45" not in text_of(client, "?status=failed")
    assert "No payout is in this state" in text_of(client, "?status=canceled")


def test_it_shows_nothing_yet(client_of, accountant):
    assert "No payouts yet" in text_of(client_of(accountant))


def test_the_file_is_recorded(client_of, accountant):
    payouts.apply_payout(make_payout(12345))
    response = client_of(accountant).get(f"{PANEL}?format=csv")
    assert "123.45,Paid" in b"".join(response.streaming_content).decode()
    assert set(AuditEvent.objects.values_list("target", flat=True)) == {"billing:payouts"}


def test_marketing_is_refused(client_of, marketer):
    assert client_of(marketer).get(PANEL).status_code == 403
