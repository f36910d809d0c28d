"""Every call to a provider: found, filtered, followed to its cut and its invoice, and as a file."""

from decimal import Decimal as D

import pytest

from pricing import invoices
from pricing.models import ProviderCall
from pricing.tests.test_invoices import call, invoice
from tests.cast import confirmed_client

pytestmark = pytest.mark.usefixtures("confirmed_lately")
PANEL = "/admin/pricing/panels/provider_calls/"
HTMX = {"HX-Request": "true"}


def test_it_works(owner, client_of, marketer):
    client = confirmed_client(owner)
    assert "No provider was called yet" in client.get(PANEL, headers=HTMX).content.decode()
    matched = call(external_id="p-7", cut_id=41)
    one = invoice("0.07", number="R-7")
    invoices.match(one, by=owner)
    image = call("image", "0.02", provider="image_model")
    failed = call(cost="0.5")
    ProviderCall.objects.filter(pk=failed.pk).update(state="failed", error="no picture")
    ids = {"m": matched.pk, "i": image.pk, "f": failed.pk}
    for asked, found in (
        ({}, "mif"),
        ({"q": "p-7"}, "m"),
        ({"q": f"#{image.pk}"}, "i"),
        ({"q": matched.key, "provider": "replicate"}, "m"),
        ({"provider": "image_model"}, "i"),
        ({"service": "music", "state": "failed"}, "f"),
        ({"proven": "no"}, "i"),
        ({"proven": "yes"}, "m"),
        ({"invoice": one.pk}, "m"),
        ({"invoice": invoice("0.02", number="O-1", provider="image_model").pk, "service": "image"}, "i"),
        ({"invoice": one.pk, "service": "image"}, ""),
        ({"q": "nothing", "state": "nonsense"}, ""),
    ):
        text = client.get(PANEL, asked, headers=HTMX).content.decode()
        assert {name for name, pk in ids.items() if f"/calls/{pk}/" in text} == set(found), asked
        assert ("No call matches" in text) == (not found)
    page = client.get(PANEL, {"q": "p-7"}, headers=HTMX).content.decode()
    assert "/admin/cuts/41/" in page and f"/invoices/{one.pk}/" in page
    its_page = client.get(f"/admin/pricing/invoices/{one.pk}/").content.decode()
    assert f"{PANEL}?invoice={one.pk}&amp;service=music" in its_page
    lines = b"".join(client.get(PANEL, {"format": "csv", "proven": "yes"}).streaming_content).decode().splitlines()
    assert len(lines) == 2 and ",p-7," in lines[1] and ",R-7," in lines[1]
    assert client_of(marketer).get(PANEL).status_code == 403


def test_the_page_of_a_call_leads_to_its_entries_and_invoice(client_of, accountant):
    made = call(external_id="p-9", cut_id=5)
    made.answered(reported=D("0.09"))
    text = client_of(accountant).get(f"/admin/pricing/calls/{made.pk}/").content.decode()
    assert text.count("/admin/billing/transactions/") == 2 and "No invoice proves it yet" in text
    assert "$0.06 for 1 track" in text and "$0.09" in text
    one = invoice("0.09")
    invoices.match(one, by=None)
    assert (
        f"/admin/pricing/invoices/{one.pk}/"
        in client_of(accountant).get(f"/admin/pricing/calls/{made.pk}/").content.decode()
    )
    assert client_of(accountant).get("/admin/pricing/calls/999/").status_code == 404
