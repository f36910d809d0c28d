"""What each provider is owed, by the ledger, and what of it no invoice asks for."""

import datetime as dt
from decimal import Decimal as D

import pytest

from pricing import invoices, queries
from pricing.tests.test_invoices import APRIL, call, invoice

pytestmark = pytest.mark.usefixtures("confirmed_lately")
PANEL = "/admin/pricing/panels/balances_owed/"


def test_it_works(client_of, owner, accountant, marketer):
    assert "Nothing is owed" in client_of(accountant).get(PANEL).content.decode()
    call(cost="0.10")
    call(cost="0.06", at=dt.datetime(2026, 4, 2, tzinfo=dt.UTC))
    call("image", "0.02", provider="image_model")
    march, april = invoice("0.12"), invoice("0.06", APRIL)
    invoices.match(march, by=owner)
    invoices.pay(april, by=owner, day=APRIL[1])
    image, music = queries.balances_owed()
    assert (image.provider, image.balance, image.unproven, image.rest, image.last) == (
        *("image_model", D("0.02"), D("0.02"), D(0)), None,
    )  # fmt: skip
    assert (music.balance, music.unproven, music.invoiced) == (D("0.12"), D("0.06"), D("0.12"))
    assert (music.rest, music.last, music.unpaid) == (D("-0.06"), APRIL[1], 1), "April is paid ahead of its match"
    text = client_of(accountant).get(PANEL).content.decode()
    assert "provider_calls/?provider=replicate&amp;proven=no" in text
    assert "−$0.06" in text and "Record an invoice" not in text
    lines = b"".join(client_of(accountant).get(PANEL, {"format": "csv"}).streaming_content).decode().splitlines()
    assert lines[2] == "replicate,0.12,0.06,1,0.12,-0.06,2026-04-30"
    new = client_of(owner).get("/admin/pricing/invoices/new/?provider=replicate").content.decode()
    assert 'value="2026-05-01"' in new
    assert client_of(marketer).get(PANEL).status_code == 403
