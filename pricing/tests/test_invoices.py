"""A provider's invoice: matched to the calls of its days, paid, undone; each is booked once, whoever asks and when."""

import datetime as dt
from decimal import Decimal as D

import pytest
from django.db import connection
from django.utils import timezone

from alerts.models import Alert
from audit.models import AuditEvent
from ledger import checks
from ledger.models import Entry, Transaction
from ledger.queries import account_balance
from ledger.tests.test_races import at_once
from pricing import invoices, queries
from pricing.models import ProviderCall, ProviderInvoice
from tunables import values

MARCH, APRIL = (dt.date(2026, 3, 1), dt.date(2026, 3, 31)), (dt.date(2026, 4, 1), dt.date(2026, 4, 30))
NUMBERS = iter(range(10**6))


def call(service="music", cost="0.06", at=dt.datetime(2026, 3, 10, tzinfo=dt.UTC), provider="replicate", **facts):
    """A call that was answered, and booked, then."""
    made = ProviderCall.objects.create(
        service_id=service, provider=provider, key=f"test:{next(NUMBERS)}", expected=D(cost), state="answered",
        asked_at=at, answered_at=at, **facts,
    )  # fmt: skip
    made.post("cost", made.cost, f"provider_call:{made.pk}", at)
    return made


def invoice(total, days=MARCH, lines=(), by=None, number=None, provider="replicate"):
    facts = {"provider": provider, "number": number or f"R-{next(NUMBERS)}", "total": D(total)}
    return invoices.record(by=by, first_day=days[0], last_day=days[1], lines=lines, **facts)


def now(row):
    row.refresh_from_db()
    return row


def costs(first=MARCH[0], last=MARCH[1]) -> dict:
    """What each service cost by the entries of some days in UTC."""
    found = {}
    for entry in Entry.objects.filter(account__name__startswith="cost/").select_related("account", "transaction"):
        if first <= entry.transaction.happened_at.date() <= last:
            service = entry.account.name.rpartition("/")[2]
            found[service] = found.get(service, D(0)) + entry.amount
    return found


def test_lines_that_do_not_add_up_to_the_total_are_refused(db):
    with pytest.raises(invoices.Refused, match=r"add up to \$0\.31") as refused:
        invoice("0.30", lines=[("music", None, D("0.20")), ("image", None, D("0.11"))])
    assert refused.value.field == "total" and not ProviderInvoice.objects.exists()


def test_a_match_makes_the_estimate_actual_once(owner):
    for cost in ("0.06", "0.06", "0.03"):
        call(cost=cost)
    call("image", "0.10", provider="replicate")
    call(cost="9", provider="elsewhere")
    later = call(at=dt.datetime(2026, 4, 1, tzinfo=dt.UTC))
    one = invoice("0.30", by=owner)
    with pytest.raises(invoices.Refused, match="since this page"):
        invoices.match(one, by=owner, shown=D("0.24"))
    assert not ProviderCall.objects.exclude(invoice=None).exists() and now(one).matches == 0
    for _ in range(2):
        invoices.match(one, by=owner, shown=D("0.25"))
    assert (now(one).booked, one.calls.count(), now(later).invoice) == (D("0.25"), 4, None)
    assert costs() == {"music": D("9.18"), "image": D("0.12")}, "0.05 more, in proportion"
    booked = invoices.true_ups(one)
    assert {str(row.happened_at) for row in booked} == {"2026-03-31 23:59:59.999999+00:00"}
    assert {(row.kind, row.actor, row.service) for row in booked} == {
        ("true_up", owner, "music"),
        ("true_up", owner, "image"),
    }
    assert account_balance("payable/replicate") == D("0.30") + later.cost
    for _ in range(2):
        invoices.pay(one, by=owner, day=dt.date(2026, 4, 5))
    assert (account_balance("payable/replicate"), account_balance("bank")) == (later.cost, D("-0.30"))
    assert (now(one).paid_on, invoices.payment(one).happened_at.date()) == (dt.date(2026, 4, 5),) * 2
    with pytest.raises(invoices.Refused, match="stays"):
        invoices.discard(one, by=owner)
    verbs = list(AuditEvent.objects.filter(actor=owner).order_by("pk").values_list("verb", flat=True))
    assert verbs == [f"pricing.invoice_{act}" for act in ("recorded", "matched", "paid")]
    assert checks.run() == []


def test_lines_say_it_per_service_and_every_micro_is_spread(owner):
    call(cost="0.06")
    call("image", "0.02")
    lined = invoice("0.07", lines=[("music", 1, D("0.05")), ("poem", None, D("0.02"))])
    invoices.match(lined, by=owner)
    assert costs() == {"music": D("0.05"), "image": D("0.02"), "poem": D("0.02")}, "what it does not list stays"
    call("image", "0.01")
    other = invoice("0.04", lines=[("image", 2, D("0.04"))])
    assert [(row.service.pk, row.calls, row.difference) for row in queries.compared(other)] == [("image", 2, D("0.01"))]
    invoices.match(other, by=owner, shown=D("0.03"))
    assert costs() == {"music": D("0.05"), "image": D("0.04"), "poem": D("0.02")} and other.calls.count() == 2
    days = [dt.datetime(2026, 4, 2, tzinfo=dt.UTC)]
    for service in ("music", "image", "poem"):
        call(service, "0.01", at=days[0])
    spread = invoice("0.1", APRIL)
    invoices.match(spread, by=owner)
    assert sum(costs(*APRIL).values()) == D("0.1") and sorted(costs(*APRIL).values())[0] == D("0.033333")
    nothing = invoice("1", (dt.date(2026, 1, 1), dt.date(2026, 1, 31)))
    with pytest.raises(invoices.Refused, match="per service"):
        invoices.match(nothing, by=owner)
    with pytest.raises(invoices.Refused, match="already"):
        invoice("1", number=nothing.number)
    invoices.discard(nothing, by=owner)
    with pytest.raises(invoices.Refused, match="no longer"):
        invoices.match(nothing, by=owner)
    assert checks.run() == []


def test_what_was_answered_late_is_on_the_next_invoice(owner):
    call()
    march = invoice("0.06")
    april = invoice("0.12", APRIL)
    late = call(at=dt.datetime(2026, 3, 30, tzinfo=dt.UTC))
    late.answered_at = None
    ProviderCall.objects.filter(pk=late.pk).update(state="asked", answered_at=None)
    invoices.match(march, by=owner)
    ProviderCall.objects.filter(pk=late.pk).update(state="answered", answered_at=late.asked_at)
    before = call(at=dt.datetime(2026, 2, 1, tzinfo=dt.UTC))  # of a month without any invoice: not theirs
    call(at=dt.datetime(2026, 4, 3, tzinfo=dt.UTC))
    invoices.match(april, by=owner)
    assert (now(late).invoice, now(before).invoice, april.calls.count()) == (april, None, 2)
    assert not invoices.true_ups(april) and now(april).matched_at
    now(late).answered(reported=D("0.99"))
    assert now(late).reported is None and "0.99" in Alert.objects.get().detail
    assert costs()["music"] == D("0.12"), "an invoice says what it cost: nothing is booked beside it"


def test_a_mistake_is_undone_by_its_mirror_on_the_same_day(owner):
    music = call()
    one = invoice("0.08")
    invoices.match(one, by=owner)
    invoices.pay(one, by=owner, day=timezone.now().date())
    for _ in range(2):
        invoices.undo_payment(one, by=owner, reason="The bank sent it back.")
        invoices.undo_match(one, by=owner, reason="Wrong total.")
    assert (costs(), now(music).invoice, now(music).matched_at, now(one).booked) == ({"music": D("0.06")}, *[None] * 3)
    assert (account_balance("bank"), now(one).paid_on) == (0, None)
    assert now(one).changed_at and Transaction.objects.filter(kind="reversal", note="Wrong total.").count() == 1
    invoices.match(one, by=owner)
    invoices.pay(one, by=owner, day=dt.date(2026, 4, 2))
    assert costs() == {"music": D("0.08")} and account_balance("payable/replicate") == 0
    assert AuditEvent.objects.get(verb="pricing.match_undone").note == "Wrong total."
    assert checks.run() == []


def test_the_days_are_those_of_the_business_zone(owner):
    values.change("business_time_zone", "America/New_York", by=owner)
    inside = call(at=dt.datetime(2026, 4, 1, 3, 59, tzinfo=dt.UTC))  # 31 March, 23:59 there
    outside = call(at=dt.datetime(2026, 4, 1, 4, tzinfo=dt.UTC))
    one = invoice("1")
    invoices.match(one, by=owner)
    assert (now(inside).invoice, now(outside).invoice) == (one, None)
    assert str(invoices.true_ups(now(one))[0].happened_at) == "2026-04-01 03:59:59.999999+00:00"
    today = timezone.now().date()
    running = invoice("1", (today - dt.timedelta(days=3), today + dt.timedelta(days=3)), lines=[("music", 1, D(1))])
    invoices.match(running, by=owner)
    assert invoices.true_ups(now(running))[0].happened_at <= timezone.now(), "never in the future"


@pytest.mark.usefixtures("committed_db")
def test_everybody_at_once_matches_pays_and_undoes_once():
    made = [call() for _ in range(6)]
    one, two = invoice("0.40"), invoice("0.10")

    def work(number):
        act, row = (invoices.match, invoices.pay)[number % 2], (one, two)[number // 2 % 2]
        act(row, by=None, **({"day": APRIL[0]} if act is invoices.pay else {}))

    answers = at_once(work, 16, threads=8)
    assert [type(answer) for answer in answers if answer and not isinstance(answer, invoices.Refused)] == []
    owners = {now(row).invoice_id for row in made}
    assert len(owners) == 1, "whoever was first has all of them; the other had nothing to spread its total over"
    first = ProviderInvoice.objects.get(pk=owners.pop())
    assert costs() == {"music": first.total} and account_balance("bank") == D("-0.50")
    answers = at_once(lambda _: invoices.undo_match(first, by=None, reason="again"), 8, threads=8)
    assert answers == [None] * 8 and costs() == {"music": D("0.36")}
    assert checks.run() == []


@pytest.mark.usefixtures("committed_db")
def test_a_match_that_dies_in_the_middle_has_done_nothing(monkeypatch):
    call()
    one = invoice("0.10")

    def dies(*args, **more):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patched:
        patched.setattr(invoices, "record_act", dies)
        with pytest.raises(Exception, match=r"terminat|closed"):
            invoices.match(one, by=None)
    connection.close()
    assert (now(one).matched_at, costs(), one.calls.count()) == (None, {"music": D("0.06")}, 0)
    invoices.match(one, by=None)
    assert costs() == {"music": D("0.10")} and now(one).matches == 1
