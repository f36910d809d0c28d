"""What Stripe tells of Premium is cut off at every statement; told again, each has one effect in books and in MRR."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.tests.make import store_event
from ledger.models import Transaction
from ledger.queries import balances
from memberships import recognition
from memberships.models import Invoice, MoneyBack, Movement, Subscription, Version
from memberships.tests.told import (
    START,
    customer_of,
    dispute_told,
    invoice_told,
    make_price,
    paid,
    refund_told,
    subscription_told,
)
from tests.faults.cases import event_case, person
from tests.faults.crash import sweep


def booked(invoice) -> int:
    """How much stands in the ledger about an invoice; each name once."""
    names = Transaction.objects.filter(external_id__in=invoice.names_in_ledger()).values_list("external_id", flat=True)
    assert len(names) == len(set(names))
    return len(names)


@pytest.mark.long
def test_an_invoice_is_paid(server):
    def prepare():
        member = person()
        told = invoice_told(member, 1400, (1400, make_price("14")), tax=200)

        def verify():
            row = Invoice.objects.get(stripe_id=told["id"])
            assert (row.cash, row.tax, row.credit, row.recognised) == (14, 2, 5, 12) and balances(member).granted == 5
            assert booked(row) == 4

        return event_case(store_event("invoice.paid", told), verify)

    assert sweep(server, prepare) > 15


def test_it_goes_back(server):
    def prepare():
        row = paid(person(), 1400, (1400, make_price("14")), tax=200)
        refund = refund_told(row, 1400, START + 40 * 86_400)

        def verify():
            row.refresh_from_db()
            assert balances(row.member).granted == 0 and row.credit_back == 5 and row.recognised == 12
            assert MoneyBack.objects.get(invoice=row).is_booked and booked(row) == 8

        return event_case(store_event("refund.created", refund), verify)

    assert sweep(server, prepare) > 15


@pytest.mark.long
def test_a_subscription_is_changed(server):
    def prepare():
        member = person()
        told = subscription_told(customer_of(member), id=f"sub_{member.pk}")

        def verify():
            row = Subscription.objects.get(stripe_id=told["id"])
            assert (row.status, row.mrr, Version.objects.filter(subscription=row).count()) == ("active", 12, 1)
            assert [(each.kind, each.amount) for each in Movement.objects.filter(member=member)] == [("new", 12)]

        return event_case(store_event("customer.subscription.updated", told, created=START + 60), verify)

    assert sweep(server, prepare) > 10


@pytest.mark.long
def test_a_dispute_is_won(server):
    def prepare():
        row = paid(person(), 1200, (1200, make_price()))
        key = f"du_{row.pk}"
        told = dispute_told(row, -1200, 1200, status="won", id=key, created=START)

        def verify():
            row.refresh_from_db()
            assert balances(row.member).granted == 5 and (row.recognised, row.refunded) == (12, 0)
            assert Transaction.objects.filter(external_id__startswith=f"stripe:dispute:{key}").count() == 2

        return event_case(store_event("charge.dispute.closed", told), verify)

    assert sweep(server, prepare) > 15


@pytest.mark.long
def test_a_month_passes(server, monkeypatch):
    now = [datetime.fromtimestamp(START, UTC)]
    monkeypatch.setattr(recognition.timezone, "now", lambda: now[0])

    def prepare():
        now[0] = datetime.fromtimestamp(START, UTC)
        row = paid(person(), 12_000, days=365)
        now[0] += timedelta(days=40)

        def verify():
            row.refresh_from_db()
            assert row.recognised == 10 and booked(row) == 2

        return recognition.recognise_due, recognition.recognise_due, verify

    assert sweep(server, prepare) > 3
