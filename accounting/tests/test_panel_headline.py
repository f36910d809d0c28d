"""The key figures of System Accounting, against the previous equal period; bringing them up to date."""

from datetime import timedelta
from decimal import Decimal

from django.http import QueryDict
from django.utils import timezone

from accounting import queries, rollups
from accounting.asking import period_of
from accounting.models import CatchUp
from accounting.tests.make import business
from audit.models import AuditEvent
from jobs.models import Job, State
from jobs.registry import DEFAULT_QUEUE, queue_of, run_now
from ledger import posting
from tunables import values

HTMX = {"HX-Request": "true"}
PANEL = "/admin/accounting/panels/headline/"
PAGE = "/admin/accounting/"
REFRESH = "/admin/accounting/figures/refresh/"


def test_it_works(client_of, accountant):
    now = timezone.now()
    member = business(now - timedelta(days=4))["member"]
    posting.charge(
        member, Decimal("2.50"), service="studio_render", external_id="before", happened_at=now - timedelta(days=33)
    )
    rollups.catch_up()
    client = client_of(accountant)
    text = client.get(PAGE).content.decode()
    for words in (
        "System Accounting",
        "what users were charged",
        "UTC",
        "$2.75",
        "+10.0%",
        "97.8% of revenue",
        "$9.75",
    ):
        assert words in text, words
    assert "figure=net_margin&amp;period=custom" in text and "As of <time" in text
    cards = {card.key: card for card in queries.headline(period=period_of(QueryDict())).cards}
    assert cards["revenue"].previous == 2.5 and cards["margin"].note == "97.8% of revenue, 100.0% before"
    assert cards["unreconciled"].shown == "0.0%" and cards["unspent"].value != cards["unspent"].previous
    assert "Bring up to date" not in text and client.post(REFRESH).status_code == 403
    between = {"debit": "deferred_subscription", "credit": "stripe", "amount": Decimal("3.21")}
    old = posting.transfer("transfer", **between, external_id="stripe:refund:of_old", service="premium")
    posting.transfer("premium_refund", **between, external_id="stripe:refund:of_now", service="premium")
    rollups.catch_up()
    assert "$3.21 that went back of Premium was booked as transfers" in client.get(PANEL).content.decode()
    posting.reverse(old.transaction_id, external_id="stripe:refund:of_old:failed")
    rollups.catch_up()
    assert "as transfers" not in client.get(PANEL).content.decode()
    values.change("business_time_zone", "Europe/Berlin", by=None)
    text = client.get(PANEL, headers=HTMX).content.decode()
    assert "in days of UTC until they are rebuilt for Europe/Berlin." in text
    rollups.catch_up()
    assert "in days of Europe/Berlin." in client.get(PANEL, headers=HTMX).content.decode()


def test_nothing_yet_and_asked_to_look(client_of, owner):
    client = client_of(owner)
    text = client.get(PANEL, headers=HTMX).content.decode()
    assert "Nothing was added up yet" in text and "Bring up to date" in text
    for _ in range(2):
        assert "accounting-changed" in client.post(REFRESH, headers=HTMX).headers["HX-Trigger"]
    job = Job.objects.get(kind=queries.LOOK)
    assert queue_of(queries.LOOK) == DEFAULT_QUEUE, "a viewer waits for it"
    assert "Looking for what is new" in client.get(PANEL, headers=HTMX).content.decode()
    asks = HTMX | {"HX-Trigger": "accounting-look"}
    assert client.get(PANEL, headers=asks).status_code == 204
    assert run_now(job).state == State.DONE and CatchUp.objects.exists()
    assert client.get(PANEL, headers=asks).headers["HX-Trigger"] == "accounting-changed"
    answer = client.get(PANEL, headers=HTMX)
    assert "As of" in answer.content.decode()
    assert AuditEvent.objects.filter(verb="accounting.refreshed", actor=owner).count() == 1
    assert "Behind" not in answer.content.decode()
    CatchUp.objects.update(at=timezone.now() - timedelta(hours=1))
    assert "Behind" in client.get(PANEL, headers=HTMX).content.decode()
