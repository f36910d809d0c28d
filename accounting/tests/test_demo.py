"""The demo's history, a tiny one: it is played once, in slices, at a real sandbox, and its books balance."""

import datetime as dt
from decimal import Decimal

import pytest
from django.conf import settings

from accounting import demo, figures
from accounting.demo.acts import Dispute, Make, Pay, Refund
from accounting.models import DayTotal
from accounts.models import User
from billing import reconciliation
from billing.models import Difference, TopUp
from billing.tests.conftest import stripe_side  # noqa: F401 (a fixture)
from billing.tests.stripe_side import work
from jobs.models import Job
from jobs.registry import run_now
from ledger import checks, queries
from ledger.models import Transaction
from stripesandbox.tests.server import sandbox  # noqa: F401 (a fixture)
from ui import periods

MONTHS, MEMBERS = 2, 12


@pytest.fixture
def story():
    return {"until": str(periods.today() - dt.timedelta(days=1)), "months": MONTHS, "members": MEMBERS}


def everything() -> tuple:
    """What must be the same however often it was interrupted."""
    facts = ("kind", "amount", "happened_at", "service", "note")
    return (
        sorted(map(str, Transaction.objects.values_list(*facts))),
        list(User.objects.order_by("pk").values_list("email", "date_joined", "wallet__paid", "wallet__granted")),
    )


def test_it_works(db, stripe_side, story, monkeypatch):  # noqa: F811
    monkeypatch.setattr(demo, "SLICE", 0)
    job = Job.enqueue(demo.KIND, story, dedupe_key=demo.KIND)
    import time
    t=time.time()
    slices = 0
    while run_now(job).state == "new":
        slices += 1
    assert job.state == "done", job.error
    work()
    print(slices, time.time()-t, job.progress_note)
    print(Transaction.objects.count(), TopUp.objects.count())
    print(checks.run())
