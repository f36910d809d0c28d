"""Differences: each with its rows, what a person should know, and the repair that fits."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from billing.models import Difference
from billing.tests.make import make_balance_row, make_difference, store_event
from ledger import posting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
PANEL = "/admin/billing/panels/differences/"


def ask(client, query=""):
    return client.get(PANEL + query, headers={"HX-Request": "true"})


def text_of(client, query=""):
    return ask(client, query).content.decode()


def test_it_works(client_of, owner):
    row = make_balance_row("refund", "-5", source="re_1")
    posted = posting.transfer("fee", debit="stripe_fees", credit="stripe", amount=-row.amount, external_id="f")
    event = store_event("refund.created", {"id": "re_1"})
    found = make_difference(row, kind="amounts_differ", transaction_id=posted.transaction_id, event=event)
    text = text_of(client_of(owner))
    for words in ("Amounts differ", "−$5.00", "re_1", "Refund", "The ledger is never changed", "refund.created"):
        assert words in text
    assert (
        f"/admin/billing/transactions/{posted.transaction_id}/" in text and f"/admin/billing/events/{event.pk}/" in text
    )
    assert "Repair all" not in text and f"differences/{found.pk}/repair/" not in text, "no machine may do that"


def test_it_shows_nothing_yet(client_of, owner):
    assert "No open differences" in text_of(client_of(owner))


def test_each_kind_has_words_and_a_repair_or_advice(client_of, owner):
    for kind in Difference.Kind:
        make_difference(kind=kind, subject=kind)
    text = text_of(client_of(owner))
    for kind in Difference.Kind:
        assert kind.label in text
    for words in ("Book it", "Book the fee", "Apply it", "Look again at Stripe", "List all again", "Repair all 5"):
        assert words in text
    assert "Only US dollars can be booked" in text


def test_states_kinds_days_and_ids_filter(client_of, owner):
    open_ = make_difference()
    settled = make_difference(
        make_balance_row(age=timedelta(days=5), source="ch_5"), settled_at=timezone.now(), repairs=1, kind="fee_missing"
    )
    client = client_of(owner)

    def shown(query):
        text = text_of(client, query)
        return [one for one in (open_, settled) if f'id="difference-{one.pk}"' in text]

    assert shown("") == [open_]
    assert shown("?state=settled") == [settled] and "Repaired by itself" in text_of(client, "?state=settled")
    assert shown("?state=all") == [open_, settled]
    assert shown("?state=all&kind=fee_missing") == [settled]
    assert shown(f"?state=all&day={settled.happened_at:%Y-%m-%d}") == [settled]
    assert shown("?state=all&q=ch_5") == [settled] and shown(f"?q={open_.subject}") == [open_]
    assert shown("?day=nonsense") == [open_]
    assert "No difference matches" in text_of(client, "?q=nothing")


def test_what_a_repair_said_stands_beside_it(client_of, owner):
    make_difference(error="No Checkout Session stands behind this payment.")
    assert "No Checkout Session stands behind" in text_of(client_of(owner))


def test_a_repair_under_way_is_asked_about_until_it_is_over(client_of, owner):
    found = make_difference(asked_at=timezone.now())
    client = client_of(owner)
    text = text_of(client)
    assert "Being repaired" in text and "differences-busy" in text and "Book it" not in text
    assert "HX-Trigger" not in ask(client, "?busy=1").headers
    Difference.objects.filter(pk=found.pk).update(tried_at=timezone.now())
    assert ask(client, "?busy=1").headers["HX-Trigger"] == "billing-changed"
    assert "differences-busy" not in text_of(client)


def test_the_file_holds_what_the_list_shows(client_of, accountant):
    make_difference()
    response = client_of(accountant).get(f"{PANEL}?format=csv")
    text = b"".join(response.streaming_content).decode()
    assert "Missing in the ledger,20.00,Charge,txn_" in text and "pi_lost" not in text and "ch_lost" in text
    assert set(AuditEvent.objects.values_list("target", flat=True)) == {"billing:differences"}


def test_who_only_reads_has_no_repair(client_of, accountant):
    make_difference()
    text = text_of(client_of(accountant))
    assert "Missing in the ledger" in text and "Book it" not in text


def test_marketing_is_refused(client_of, marketer):
    assert ask(client_of(marketer)).status_code == 403
