"""What the last 30 days would have made at another price or cost."""

import datetime as dt
from decimal import Decimal as D

from django.utils import timezone

from accounting import rollups
from ledger import posting
from ledger.tests.make import make_member, make_top_up
from pricing import queries
from pricing.models import Service
from pricing.tests.test_invoices import call

PANEL = "/admin/pricing/panels/preview/music/"
HTMX = {"HX-Request": "true"}


def test_it_works(client_of, owner, accountant, marketer):
    member, now = make_member(), timezone.now()
    make_top_up(member, 5, granted=D("0.06"))
    for _ in range(3):
        posting.charge(member, D("0.06"), service="music")
    for days in (0, 1, 29, 40):
        call(cost="0.05", at=now - dt.timedelta(days=days))
    rollups.catch_up()
    music = Service.objects.get(pk="music")
    found = queries.preview(service=music, amount=D("0.10"))
    assert (found.sold, found.was.paid, found.was.granted, found.was.cost) == (3, D("0.12"), D("0.06"), D("0.15"))
    assert (found.would.paid, found.would.granted) == (D("0.20"), D("0.10")), "the same third was granted"
    assert (found.was.margin, found.would.margin, found.change) == (D("-0.03"), D("0.05"), D("0.08"))
    cost = queries.preview(service=music, amount=D("0.07"), provider="replicate")
    assert (cost.called, cost.would.cost, cost.would.margin, cost.change) == (3, D("0.21"), D("-0.09"), D("-0.06"))
    other = queries.preview(service=music, amount=D("9"), provider="elsewhere")
    assert other.change == 0, "nothing was asked of it"
    client = client_of(accountant)
    text = client.get(PANEL, {"amount": "0.10"}, headers=HTMX).content.decode()
    assert "3 tracks charged" in text and "+$0.08" in text and "25.0%" in text and ">Granted<" in text
    text = client.get(PANEL, {"amount": "0.07", "provider": "replicate"}, headers=HTMX).content.decode()
    assert "It would have lost money" in text and "−$0.06" in text
    for nonsense in ("", "-1", "x", "1e9", "0"):
        assert "With an amount" in client.get(PANEL, {"amount": nonsense}, headers=HTMX).content.decode()
    assert client_of(marketer).get(PANEL).status_code == 403
