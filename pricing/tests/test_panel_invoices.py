"""Providers' invoices on screen: recorded, compared with what is booked, matched, paid, undone, discarded."""

from decimal import Decimal as D

import pytest

from ledger.queries import account_balance
from pricing.models import ProviderInvoice
from pricing.tests.test_invoices import call, invoice, now
from tests.cast import confirmed_client

pytestmark = pytest.mark.usefixtures("confirmed_lately")
PANEL, RECORD = "/admin/pricing/panels/invoices/", "/admin/pricing/invoices/record/"
FORM = {"provider": "replicate", "number": "R-1", "first_day": "2026-03-01", "last_day": "2026-03-31", "total": "0.30"}


def test_it_works(owner, client_of, marketer):
    client = confirmed_client(owner)
    assert "No invoice is recorded yet" in client.get(PANEL).content.decode()
    for cost in ("0.10", "0.15"):
        call(cost=cost)
    assert "selected>replicate" in client.get("/admin/pricing/invoices/new/?provider=replicate").content.decode()
    url = client.post(RECORD, FORM | {"units_music": "3", "amount_music": "0.30"}).headers["Location"]
    one, page = ProviderInvoice.objects.get(), client.get(url).content.decode()
    assert url == f"/admin/pricing/invoices/{one.pk}/" and "booked at $0.25" in page and "+$0.05" in page
    stale = client.post(f"{url}match/", {"booked": "0.24"})
    assert stale.status_code == 422 and "since this page was made" in stale.content.decode()
    for _ in range(2):
        assert client.post(f"{url}match/", {"booked": "0.25"}).status_code == 302
        assert client.post(f"{url}pay/", {"day": "2026-04-05"}).status_code == 302
    assert (account_balance("bank"), account_balance("payable/replicate"), now(one).matches) == (D("-0.30"), 0, 1)
    page = client.get(url).content.decode()
    assert "2 calls</a> matched" in page and page.count("/admin/billing/transactions/") == 2
    assert client.post(f"{url}match/undo/", {}).status_code == 422
    assert "stays" in client.post(f"{url}discard/", headers={"HX-Request": "true"}).headers["HX-Trigger"]
    for act in ("match", "pay"):
        assert client.post(f"{url}{act}/undo/", {"reason": "Wrong."}).status_code == 302
    assert (account_balance("bank"), account_balance("payable/replicate")) == (0, D("0.25"))
    second = invoice("1", number="R-2")
    assert "R-2" in client.get(PANEL, {"state": "unmatched"}).content.decode()
    assert client.post(f"/admin/pricing/invoices/{second.pk}/discard/").status_code == 302
    assert list(ProviderInvoice.objects.values_list("number", flat=True)) == ["R-1"]
    lines = b"".join(client.get(PANEL, {"format": "csv"}).streaming_content).decode().splitlines()
    assert lines[1].startswith("replicate,R-1,2026-03-01,2026-03-31,0.30,")
    assert client_of(marketer).get(PANEL).status_code == 403


def test_what_is_wrong_stands_beside_its_field(owner):
    client = confirmed_client(owner)
    invoice("1", number="R-9")
    for wrong, sentence in (
        ({"provider": "nobody"}, "not one of the available choices"),
        ({"number": "R-9"}, "invoice R-9 is recorded already"),
        ({"last_day": "2026-02-01"}, "before the first"),
        ({"last_day": "2028-01-01"}, "a year at most"),
        ({"total": "0"}, "other than zero"),
        ({"amount_music": "0.20", "amount_image": "0.11"}, "add up to $0.31"),
        ({"units_music": "4"}, "What did they cost?"),
    ):
        answer = client.post(RECORD, FORM | {"note": "kept"} | wrong)
        assert answer.status_code == 422, wrong
        assert sentence in answer.content.decode() and "kept</textarea>" in answer.content.decode(), wrong
    assert ProviderInvoice.objects.count() == 1
    one = ProviderInvoice.objects.get()
    assert (
        "still to come" in client.post(f"/admin/pricing/invoices/{one.pk}/pay/", {"day": "2999-01-01"}).content.decode()
    )


def test_finance_sees_it_and_changes_nothing(client_of, accountant):
    one = invoice("1")
    client = client_of(accountant)
    assert "What to do with it" not in client.get(f"/admin/pricing/invoices/{one.pk}/").content.decode()
    acts = ("match/", "match/undo/", "pay/", "pay/undo/", "discard/")
    assert {client.post(f"/admin/pricing/invoices/{one.pk}/{act}").status_code for act in acts} == {403}
    assert client.post(RECORD, FORM).status_code == 403 == client.get("/admin/pricing/invoices/new/").status_code
