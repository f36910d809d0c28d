"""Calls added up from the rows of days are those of the calls themselves, at every moment between two looks."""

import datetime as dt
from decimal import Decimal as D

from django.db.models import Count, Sum
from django.utils import timezone

from accounting import rollups
from accounting.models import CatchUp
from accounting.tests.make import nothing_new
from pricing import called, invoices
from pricing.called import Called
from pricing.models import BOOKED, ProviderCall
from pricing.tests.test_invoices import APRIL, MARCH, call, invoice
from tunables import values


def both(by="service_id", days=None, **which):
    """From the rows, once it is seen to be the sum of the calls."""
    calls = ProviderCall.objects.filter(state="answered", **which)
    calls = calls if days is None else calls.filter(invoices.answered_on(days))
    sums = calls.order_by().values_list(by).annotate(n=Count("pk"), u=Sum("units"), c=Sum(BOOKED))
    found = called.sums(by, days=days, **which)
    assert found == {key: Called(*numbers) for key, *numbers in sums}
    return found


def test_they_are_what_the_calls_say_before_a_look_and_after(owner):
    of_march = {"days": [MARCH], "provider": "replicate", "invoice": None}
    first = call(cost="0.10")
    call("image", "0.02", provider="image_model")
    assert both("provider", invoice=None)["replicate"].cost == D("0.10"), "nobody has looked yet"
    rollups.catch_up()
    call(cost="0.06", at=dt.datetime(2026, 4, 2, tzinfo=dt.UTC))
    first.answered(reported=D("0.11"))  # on a day that was added up already
    assert both(**of_march) == {"music": Called(1, D(1), D("0.11"))}
    bill = invoice("0.12")
    for look in (rollups.catch_up, lambda: None):
        invoices.match(bill, by=owner)
        look()
        assert both(**of_march) == {} and both(invoice=bill)["music"].cost == D("0.11")
        invoices.undo_match(bill, by=owner, reason="Wrong")
        look()
        assert both(**of_march)["music"].cost == D("0.11") and both(invoice=bill) == {}
    assert both(days=[MARCH, APRIL], service="music")["music"].calls == 2 and both(days=[]) == {}
    values.change("business_time_zone", "Pacific/Auckland", by=None)
    assert rollups.stale() is None and both("provider") == called.sums("provider")


def test_days_that_are_over_are_read_from_their_rows(db):
    """Seen by a change that went past every verb: what it says is not looked at, but on days that may be old."""
    one, now = call(cost="0.10"), timezone.now()
    new = call(cost="0.10", at=now)
    rollups.catch_up()
    nothing_new()
    ProviderCall.objects.filter(pk=one.pk).update(reported=D("5"))
    assert rollups.stale() == [] and called.sums("provider")["replicate"].cost == D("0.20")
    CatchUp.objects.update(at=now)
    ProviderCall.objects.filter(pk=new.pk).update(reported=D("7"))
    assert called.sums("provider")["replicate"].cost == D("7.10")


def test_neighbouring_days_are_one_span():
    days = [dt.date(2026, 3, day) for day in (1, 2, 3, 5, 8, 9)]
    assert [(first.day, last.day) for first, last in rollups.spans(days)] == [(1, 3), (5, 5), (8, 9)]
    assert rollups.spans([]) == []
