"""What tests of this room need to exist."""

import datetime as dt
from decimal import Decimal as D

from django.utils import timezone

from accounting.models import CatchUp
from ledger import posting
from ledger.tests.make import make_member
from pricing import costs, invoices
from studio.tests.make import make_cut
from ui import periods


def spend(member, amount, *, at, service="studio_render", key=None):
    """A charge that happened at a moment."""
    return posting.charge(member, D(amount), service=service, external_id=key, happened_at=at)


def business(start: dt.datetime) -> dict:
    """A little of everything: grant, top-up with its fee, charges, a hold settled, one open, a refund, a cost."""
    member = make_member()
    posting.grant(member, D("1"), happened_at=start)
    posting.top_up(member, cash=D("20"), external_id="t1", happened_at=start)
    posting.transfer("fee", "stripe_fees", "stripe", D("0.88"), external_id="f1", happened_at=start)
    spend(member, "1.50", at=start + dt.timedelta(hours=1))  # 1.00 granted, 0.50 paid
    spent = spend(member, "2", at=start + dt.timedelta(days=1), service="lite_render")
    posting.reverse(spent.transaction_id, happened_at=start + dt.timedelta(days=2))
    ends = timezone.now() + dt.timedelta(hours=1)
    settled = posting.hold(member, D("3"), service="studio_render", expires_at=ends, happened_at=start)
    posting.settle(settled.hold_id, D("2.25"), happened_at=start + dt.timedelta(hours=2))
    posting.hold(member, D("4"), service="studio_render", expires_at=ends, happened_at=start)
    posting.refund(member, D("5"), top_up_external_id="t1", external_id="r1", happened_at=start + dt.timedelta(days=3))
    posting.transfer(
        "cost", "cost/replicate/music", "payable/replicate", D("0.06"), external_id="c1", happened_at=start
    )
    return {"member": member}


def cut_to_follow(member):
    """A cut that was paid for, and the call that it cost."""
    posting.top_up(member, cash=D(1), external_id="t")
    cut = make_cut(owner=member, service="studio_render", price=D("0.25"))
    posting.charge(member, cut.price, service=cut.service, external_id=f"cut:{cut.pk}:charge")
    call = costs.ask("music", "replicate", "k", cut_id=cut.pk)
    call.answered(external_id="r", reported=D("0.07"))
    return cut, call


def invoice_of(call):
    """Of one call, matched and paid."""
    today = periods.today()
    facts = {"provider": call.provider, "number": "R-1", "total": D("0.08"), "first_day": today, "last_day": today}
    invoice = invoices.record(by=None, **facts)
    invoices.match(invoice, by=None)
    invoices.pay(invoice, by=None, day=today)
    invoice.refresh_from_db()
    return invoice


def nothing_new() -> None:
    """As if the last look came long after all that happened: no day is looked at again."""
    CatchUp.objects.update(at=timezone.now() + dt.timedelta(hours=1), last_id=10**9)
