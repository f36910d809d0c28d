"""One cut can be followed: charge, lot and its top-up, the call, what it cost and its invoice, the month."""

import re
from decimal import Decimal as D

from accounting import rollups
from accounting.tests.make import invoice_of
from ledger import posting
from ledger.models import Transaction
from pricing import costs, invoices
from studio.tests.make import make_cut


def test_from_a_cut_to_its_month(client_of, accountant, member):
    top_up = posting.top_up(member, cash=D(1), external_id="t")
    cut = make_cut(owner=member, service="studio_render", price=D("0.25"))
    charge = posting.charge(member, cut.price, service=cut.service, external_id=f"cut:{cut.pk}:charge")
    call = costs.ask("music", "replicate", "k", cut_id=cut.pk)
    call.answered(external_id="r", reported=D("0.0516"))
    call.answered(external_id="r", reported=D("0.07"))
    rollups.catch_up()
    cost, true_up = Transaction.objects.filter(external_id__startswith="provider_call:").order_by("pk")
    client = client_of(accountant)
    page = client.get(f"/admin/cuts/{cut.pk}/").content.decode()
    links = {f"/admin/billing/transactions/{pk}/" for pk in (charge.transaction_id, cost.pk)}
    assert links <= set(re.findall(r'href="([^"]+)"', page))
    month = re.search(r'href="(/admin/accounting/\?[^"]+)"', page)[1].replace("&amp;", "&")
    text = client.get(month).content.decode()
    assert "$0.25" in text and "$0.18" in text, "revenue, and the margin after both costs"
    charged = client.get(f"/admin/billing/transactions/{charge.transaction_id}/").content.decode()
    assert f"/admin/billing/transactions/{top_up.transaction_id}/" in charged and f"/admin/cuts/{cut.pk}/" in charged
    for booked in (cost.pk, true_up.pk):
        text = client.get(f"/admin/billing/transactions/{booked}/").content.decode()
        assert (
            f"/admin/cuts/{cut.pk}/" in text
            and "reported $0.07" in text
            and month.partition("?")[2].replace("&", "&amp;") in text
        )
    assert ">$0.0184<" in text, "what is shown adds up"
    assert f"/admin/pricing/calls/{call.pk}/" in page and "No invoice proves it yet" in _text(client, call)
    invoice = invoice_of(call)
    assert all(f"/admin/pricing/invoices/{invoice.pk}/" in _text(client, one) for one in (call, cut))
    paid = client.get(f"/admin/billing/transactions/{invoices.payment(invoice).pk}/").content.decode()
    assert f"/admin/pricing/invoices/{invoice.pk}/" in paid
    undone = posting.reverse(charge.transaction_id)
    text = client.get(f"/admin/billing/transactions/{undone.transaction_id}/").content.decode()
    assert f"/admin/cuts/{cut.pk}/" in text, "a reversal belongs to what it corrects"


def _text(client, row) -> str:
    room = "cuts" if row._meta.model_name == "cut" else "pricing/calls"
    return client.get(f"/admin/{room}/{row.pk}/").content.decode()
