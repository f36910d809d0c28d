"""A switch moves what is not earned on: to the new time, or to the balance and from there to what the balance pays."""

import importlib
import random
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.apps import apps
from django.db import connection

from alerts.models import Alert
from billing.models import RefundRequest, StripeEvent
from billing.tests.make import store_event
from billing.tests.refunding import confirmed
from billing.tests.stripe_side import work
from jobs.models import Job
from jobs.registry import run_now
from ledger import checks
from ledger.models import Transaction
from ledger.queries import account_balance
from memberships import older_invoices, recognition
from memberships.models import Invoice
from memberships.tests.make import make_invoice
from memberships.tests.told import (
    DAY,
    START,
    customer_of,
    invoice_told,
    make_price,
    refund_told,
    subscription_told,
    tell,
)
from tests.cast import forgotten

pytestmark = pytest.mark.django_db
SWITCH = {"billing_reason": "subscription_update"}


def billed(member, key, day, days, cents, *lines, **fields) -> tuple[str, dict]:
    """An invoice of some day, paid then."""
    told = invoice_told(member, cents, *lines, days=days, number=key, id=f"in_{key}", **fields)
    at = START + day * DAY
    for line in told["lines"]["data"]:
        line["period"] = {"start": at, "end": at + days * DAY}
    return "invoice.paid", told | {"created": at, "status_transitions": {"paid_at": at}}


def year_to_month(member) -> list[tuple[str, dict]]:
    """$120 for 360 days, of which 240 are given back: $80, $12 for a month, $68 on the balance. It pays two more."""
    year, month = make_price("120", "0", "year"), make_price("12", "0")
    renewal = {"billing_reason": "subscription_cycle", "total": 1200}
    return [
        billed(member, "y", 0, 360, 12_000, (12_000, year)),
        billed(member, "s", 120, 30, 0, (-8000, year), (1200, month), total=-6800, **SWITCH),
        billed(member, "m1", 150, 30, 0, (1200, month), **renewal),
        billed(member, "m2", 180, 30, 0, (1200, month), **renewal),
    ]


def revenue() -> Decimal:
    return account_balance("subscription_revenue")


def hear(told) -> None:
    tell(*told)
    Invoice.objects.filter(stripe_id=told[1]["id"]).update(payment_intent_id=f"pi_{told[1]['id']}")


def test_a_balance_is_earned_over_what_it_pays(member, clock):
    bills = year_to_month(member)
    clock(120)
    hear(bills[0])
    before = revenue()
    assert Decimal(39) < before <= 40, "months are of the calendar, and the fourth is not over"
    hear(bills[1])
    row = Invoice.objects.get(stripe_id="in_y")
    assert row.recognised == revenue() and 0 <= row.recognised - before < Decimal("1.5")
    moved = 120 - row.recognised
    month = recognition.cents(moved * 12 / 80)
    clock(151)
    assert revenue() == 120 - moved + month, "of the new month alone"
    hear(bills[2])
    hear(bills[3])
    clock(400)
    share = recognition.cents((moved - month) * 12 / 68)
    row.refresh_from_db()
    assert abs(revenue() - (120 - moved + month + 2 * share)) <= Decimal("0.01")
    assert row.deferred == 120 - revenue() > 40 and row.earns_at is None, "waits on the balance, whatever time passes"
    ended = subscription_told(customer_of(member), status="canceled", ended_at=START + 210 * DAY)
    tell("customer.subscription.deleted", ended, START + 210 * DAY)
    row.refresh_from_db()
    assert (row.recognised, row.deferred, revenue()) == (120, 0, 120) and checks.run() == []
    last = Transaction.objects.filter(external_id__startswith="stripe:invoice:in_y:earned:").latest("pk")
    assert last.happened_at == datetime.fromtimestamp(START, UTC) + timedelta(days=210)
    assert (row.covers_until, Invoice.objects.get(stripe_id="in_s").covers_until) == tuple(
        datetime.fromtimestamp(START + days * DAY, UTC) for days in (360, 150)
    )


def test_what_waits_on_the_balance_does_not_go_back_to_the_card_as_well(member, supporter, clock):
    bills, left = year_to_month(member), RefundRequest.objects.left

    def year() -> Invoice:
        return Invoice.objects.get(stripe_id="in_y")

    clock(120)
    hear(bills[0])
    assert (year().waits, left(year())) == (0, 120)
    hear(bills[1])
    waits = year().waits
    assert 66 < waits < 70 and left(year()) == 120 - waits
    page = f"/admin/billing/invoices/{year().pk}/"
    form = {"stripe_reason": "duplicate", "reason": "Kind", "typed": member.email, "form_key": str(uuid.uuid4())}
    browser = confirmed(supporter)
    assert f"${waits:.2f} more waits on the member’s balance" in browser.get(f"{page}refunds/new/").content.decode()
    assert "At most $" in browser.post(f"{page}refund/", form | {"amount": f"{121 - waits:.2f}"}).content.decode()
    back = refund_told(year(), int((120 - waits) * 100), START + 121 * DAY)
    tell("refund.created", back)
    assert (year().waits, left(year())) == (waits, 0), "a refund takes nothing off the balance"
    assert "waits on the member’s balance" in browser.get(f"{page}refunds/new/").content.decode()
    hear(bills[2])
    assert left(year()) == waits - year().waits == recognition.cents(waits * 12 / 68), "it paid a month"
    ended = subscription_told(customer_of(member), status="canceled", ended_at=START + 170 * DAY)
    clock(171)
    still = year().waits
    tell("customer.subscription.deleted", ended, START + 170 * DAY)
    assert year().deferred == 0 and year().waits == still > 0, "the balance outlives the subscription"


def test_an_upgrade_carries_the_unused_month_into_the_year(member, clock):
    month, year = make_price("12", "0"), make_price("120", "0", "year")
    clock(14)
    hear(billed(member, "m", 0, 28, 1200, (1200, month)))
    hear(billed(member, "s", 14, 365, 11_400, (-600, month), (12_000, year), **SWITCH))
    clock(30)
    assert revenue() == 6, "half a month; the other half is of the year"
    clock(14 + 366)
    assert (revenue(), account_balance("deferred_subscription")) == (126, 0)


def test_what_was_booked_before_lines_were_kept_is_read_again(member, clock, monkeypatch):
    """From what Stripe told, one after the other; where all is known nothing changes."""
    monkeypatch.setattr(older_invoices, "AT_ONCE", 1)
    for day, bill in zip((0, 120, 150, 180), year_to_month(member), strict=True):
        clock(day)
        hear(bill)

    def stands() -> list:
        return [*Invoice.objects.order_by("pk").values_list("recognised", "waits", "earns_at", "unused"), revenue()]

    right = stands()
    Invoice.objects.update(bought=0, unused=0, earns_at=datetime.fromtimestamp(START, UTC))
    clock(180)
    assert stands() != right and Invoice.objects.get(stripe_id="in_y").waits == 0
    make_invoice(member, reason="subscription_cycle", bought=0, unused=0, stripe_id="in_odd")
    store_event("invoice.paid", {"id": "in_odd"})
    read_once = importlib.import_module("memberships.migrations.0020_read_again")
    for _ in range(2):  # a migration that was stopped begins again
        read_once.ask(apps, connection.schema_editor())
    work()
    assert Alert.objects.get(fingerprint="memberships.older_invoices").title == "1 older invoice could not be read"
    Invoice.objects.get(stripe_id="in_odd").delete()
    assert stands() == right and checks.run() == []
    posted = Transaction.objects.count()
    assert older_invoices.read(after=0) == (None, 0) and Transaction.objects.count() == posted
    assert run_now(Job.enqueue("memberships.read_older_invoices", {"after": 0})).state == "done", (
        "by its name of before"
    )


def test_more_that_goes_back_is_told_again_and_what_waits_is_kept_up_to_date(member, supporter):
    row = make_invoice(member, waits=Decimal(10))

    def watch(back, waits):
        row.waits = Decimal(waits)
        recognition._watch_both_ways(row, Decimal(back))
        return Alert.objects.get(fingerprint=f"memberships.both_ways.{row.pk}")

    assert "$5.00 of $12.00, and $10.00 waits" in watch(5, 10).title
    alert = watch(5, 9)
    assert alert.count == 1 and "$9.00 waits" in alert.title
    alert.acknowledge(by=supporter)
    assert not watch(5, 8).is_open, "a renewal that it pays is nothing new"
    alert = watch(7, 8)
    assert alert.is_open and alert.count == 2 and "$7.00" in alert.detail


def story(member) -> list[tuple[str, dict]]:
    """The same, a part refunded meanwhile, up again to a year with the balance and money, and ended."""
    year, month = make_price("120", "0", "year"), make_price("12", "0")
    ended = subscription_told(customer_of(member), status="canceled", ended_at=START + 300 * DAY)
    back = Invoice(payment_intent_id="pi_in_y")
    return [
        *year_to_month(member),
        billed(member, "u", 195, 365, 7000, (-600, month), (12_000, year), total=11_400, **SWITCH),
        ("refund.created", refund_told(back, 1000, START + 130 * DAY, id="re_1")),
        ("customer.subscription.deleted", ended),
    ]


def ends(member, clock, order) -> dict:
    with forgotten():
        words = story(member)
        for passed, number in enumerate(order):
            type_, told = words[number]
            hear((type_, told)) if type_ == "invoice.paid" else tell(type_, told, START + 300 * DAY)
            clock(60 + 40 * passed)
        for event in StripeEvent.objects.exclude(state="applied"):
            tell(event.type, event.object)
        clock(330)
        rows = Invoice.objects.order_by("stripe_id")
        assert all(row.recognised + row.refunded + row.deferred == row.cash for row in rows)
        assert checks.run() == [] and account_balance("deferred_subscription") == sum(row.deferred for row in rows)
        booked = {name: amount for row in rows for name, (_, _, amount, _) in row.booked.items() if Decimal(amount)}
        clock(0)
        return booked | {"revenue": revenue(), "stripe": account_balance("stripe")}


@pytest.mark.parametrize("count", [2, pytest.param(400, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
def test_any_order_ends_the_same(member, clock, count):
    chance = random.Random(count)
    inline = ends(member, clock, range(7))
    assert (inline["revenue"], inline["stripe"]) == (180, 180), "120 + 70 − 10, all of it earned when it ended"
    for order in [tuple(reversed(range(7))), *chance.sample(list(permutations(range(7))), count)]:
        assert ends(member, clock, order) == inline, order
