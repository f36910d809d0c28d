"""The demo's history, a tiny one at a real sandbox: played once, in slices, whatever dies; and its books balance."""

import datetime as dt
import re
from decimal import Decimal

from django.db.models import F
from django.utils import timezone

from accounting import demo, figures
from accounting.demo import books
from accounting.demo.acts import Dispute, Fill, Join, Make, Pay, PayOut, Refund, Subscribe
from accounting.demo.perform import Stage
from accounting.demo.plan import Plan
from accounting.models import MonthClose
from accounts.models import User
from billing import low_balance, matching, stripe_api
from billing.models import Difference, Payout, TopUp
from billing.tests.conftest import stripe_side  # noqa: F401 (a fixture)
from billing.tests.stripe_side import work
from jobs.models import Job
from jobs.registry import run_now
from ledger import checks
from ledger.models import Transaction
from ledger.queries import account_balance
from memberships.models import Enrolment, Invoice, Movement, Subscription
from pricing.models import ProviderCall, ProviderInvoice
from sitestats.models import Deed, PageView, Tally
from studio.demo import WHY
from studio.models import Cut

TIERS = [["20", "1"], ["50", "4"]]
STORY = {"until": "2025-11-15", "months": 2, "members": 14, "zone": "UTC", "signup": "1", "bonus": TIERS}
PRICES = {"lite_render": "0.10", "studio_render": "0.25", "poem": "0.02", "image": "0.04", "music": "0.06"}


def told() -> tuple[Plan, list]:
    """The whole of it, as it would be loaded on a certain day."""
    start, until = dt.date(2025, 10, 1), dt.date(2026, 11, 25)
    tiers = [(Decimal(20), Decimal(1)), (Decimal(50), Decimal(4))]
    plan = Plan(start, until, 220, dt.UTC, Decimal(1), lambda service, at: Decimal(PRICES[service]), tiers)
    return plan, list(plan.acts())


def test_the_story_is_believable_and_always_the_same():
    plan, days = told()
    assert str(days) == str(told()[1]) and len(days) == len({day for day, _ in days}) == 421
    acts = [act for _, acts in days for act in acts]
    assert [act.at for act in acts] == sorted(act.at for act in acts), "a day ends before the next begins"
    months = {}
    for act in acts:
        kinds = months.setdefault(f"{act.at:%Y-%m}", {})
        kinds[type(act)] = kinds.get(type(act), 0) + getattr(act, "amount", 1)
    assert len(plan.people) == 220 and min(made[Join] for made in months.values()) >= 5
    assert months["2026-10"][Make] > 3 * months["2025-10"][Make] and months["2026-10"][Pay] > months["2025-10"][Pay]
    bad, before, after = months["2026-07"], months["2026-06"], months["2026-08"]
    assert 2 * bad[Pay] < min(before[Pay], after[Pay]) and bad[Make] < min(before[Make], after[Make])
    dear = [times for act in acts if isinstance(act, Make) for _, times in act.costs if f"{act.at:%Y-%m}" == "2026-07"]
    assert sum(dear) / len(dear) > Decimal("1.5")
    assert sorted(act.won for act in acts if isinstance(act, Dispute)) == [False, True]
    assert all(member.paid >= 0 and member.granted >= 0 for member in plan.people)
    assert sum(isinstance(act, Refund) for act in acts) >= 4
    _take_premium_in_turn([act for act in acts if isinstance(act, Subscribe)])


def _take_premium_in_turn(began):
    """Who comes back does so after the first time is over, a month after they left at the latest."""
    times, first = {}, {}
    for act in began:
        times.setdefault(act.member.number, []).append(act)
    assert len(times) > 30 and {verb for act in began for _, verb, _ in act.steps} >= {"switch", "fail_next"}
    for one, other in (both for both in times.values() if len(both) == 2):
        after, verb, _ = one.steps[-1]
        assert verb == "leave" and one.at + dt.timedelta(seconds=after, days=31) < other.at
        first[one.member.number] = other
    assert first


def test_it_is_played_once_and_the_books_balance(db, stripe_side, settings, monkeypatch):  # noqa: F811
    settings.DEMO_MONTHS = 2
    monkeypatch.setattr(demo, "SLICE", 0)
    monkeypatch.setattr(demo.visits, "DAYS", 5)
    monkeypatch.setattr(demo.visits, "PEOPLE", 20)
    job = Job.enqueue(demo.KIND, STORY, dedupe_key=demo.KIND)
    assert run_now(job).state == "new" and job.progress_done == 1, "its time was over after a day"
    monkeypatch.setattr(demo, "SLICE", 60)
    with monkeypatch.context() as trouble:
        perform, seen = Stage.__dict__["_perform"], []

        def die(stage, act):
            perform.__get__(stage, Stage)(act)
            seen.append(act)
            if len(seen) == 60:
                raise RuntimeError("killed in the middle of a day")

        trouble.setattr(Stage, "_perform", die)
        assert run_now(job).state == "new" and "killed" in job.error and job.progress_done < job.progress_total
        assert re.fullmatch(r"Demo data is being loaded: [1-9]\d? %", demo.under_way().label)
    assert run_now(job).state == "done", job.error
    assert demo.under_way() is None
    work()
    plan, _ = demo.stage_for(STORY)
    acts = [act for _, acts in plan.acts() for act in acts]
    counted = {kind: sum(isinstance(act, kind) for act in acts) for kind in (Join, Make, Pay, PayOut, Refund, Dispute)}
    assert all(counted.values()) and counted[Make] > 50
    assert User.objects.filter(is_demo=True).count() == counted[Join] == STORY["members"]
    logged_in = User.objects.filter(is_demo=True, last_login__isnull=False)
    assert logged_in.filter(last_seen_at__gte=F("last_login")).count() == logged_in.count() > 0
    made = Cut.objects.filter(price__gt=0)
    assert made.filter(made_with__contains=["music"]).exists()
    assert set(made.filter(state="failed").values_list("error", flat=True)) <= set(WHY)
    assert made.count() == counted[Make] and Payout.objects.count() == counted[PayOut]
    paid = TopUp.objects.filter(status="paid", fee__gt=0, paid_at__lt=timezone.now() - dt.timedelta(hours=1))
    assert paid.count() == TopUp.objects.count() == counted[Pay]
    _agrees_with_the_story(plan, acts)
    _took_premium(plan, acts)
    _balances(plan)
    _was_looked_at(plan)
    _months_are_closed(plan)
    before = Transaction.objects.count()
    assert Job.enqueue(demo.KIND, STORY, dedupe_key=demo.KIND) is None, "once in the life of a database"
    assert run_now(Job.enqueue(demo.KIND, STORY)).state == "done" and Transaction.objects.count() == before


def _was_looked_at(plan):
    seen = PageView.objects.filter(day__gt=plan.until - dt.timedelta(days=5))
    assert seen.count() == PageView.objects.count() > 500
    assert sum(Tally.objects.filter(what="served").values_list("number", flat=True)) == seen.count()
    assert {"human", "bot", "ai"} <= set(seen.values_list("agent__kind", flat=True))
    assert {"search", "social", "ai", "ads", "email", "direct"} <= set(seen.values_list("origin__channel", flat=True))
    joined = User.objects.filter(is_demo=True, acquisition__isnull=False)
    assert Deed.objects.filter(what="sign_up").count() == joined.count() > 0
    assert not Deed.objects.filter(what="render").exclude(subject__in=Cut.objects.filter(price=0)).exists()


def _agrees_with_the_story(plan, acts):
    gone = {act.payment for act in acts if isinstance(act, Refund | Dispute)}
    for member in plan.people:
        wallet = User.objects.get(email=member.email).wallet
        if User.objects.get(email=member.email).subscriptions.exists():
            continue  # whose credit comes with Premium, too, and the story does not count it
        if member.payment not in gone or member.payment is None:
            assert (wallet.paid, wallet.granted, wallet.held) == (member.paid, member.granted, 0), member
    assert low_balance.send_due() == 0, "no mail about what is long past"
    costs = ProviderCall.objects.filter(state="answered")
    assert costs.count() == sum(len(act.costs) for act in acts if isinstance(act, Make | Fill))
    assert Cut.objects.exists() and not Cut.objects.filter(poem_hash=None).exists(), "each is of a poem"


def _took_premium(plan, acts):
    """At the time of the story: nothing of it is restated, and all of it adds up."""
    began = [act for act in acts if isinstance(act, Subscribe)]
    rows = Subscription.objects.filter(member__email__in=[act.member.email for act in began])
    assert began and rows.count() == Subscription.objects.count() == Enrolment.objects.count() >= len(began)
    for act in began:
        assert rows.filter(member__email=act.member.email, started_at=act.at.replace(microsecond=0)).exists()
    moved = Movement.objects.filter(at__lt=plan.midnight(plan.until))
    assert not moved.exclude(restates=None).exists() and moved.filter(kind__in=("new", "reactivation")).count() == len(
        began
    )
    assert all(row.month == row.at.date().replace(day=1) for row in moved)
    invoices = Invoice.objects.filter(status="paid", paid_at__lt=plan.midnight(plan.until))
    assert invoices.exclude(fee=None).exclude(country="").count() == invoices.count() >= len(began)


def _balances(plan):
    """Rule by rule, to the cent at Stripe, and in the months in which it happened."""
    assert checks.run() == []
    held = stripe_api.call("balance", "retrieve")
    cents = sum(part["amount"] for part in (*held["available"], *held["pending"]))
    assert account_balance("stripe") == Decimal(cents) / 100
    matching.match()
    assert not list(Difference.objects.open())
    months = [figures.period(first, last) for first, last in _months(plan)]
    assert all(month.revenue > 0 and month.cost > 0 for month in months)
    total = sum(month.cost for month in months)
    billed = list(ProviderInvoice.objects.filter(matched_at__isnull=False))
    assert any(one.total != one.booked for one in billed) and any(one.total == one.booked for one in billed)
    calls = sum(call.cost for call in ProviderCall.objects.all())
    assert total == calls + sum(one.total - one.booked for one in billed)
    sold = [one for one in figures.by_service(plan.start, plan.until) if one.service != figures.SUBSCRIPTION]
    met = sum(cut.paid + cut.promotional for cut in Cut.objects.with_cost())
    assert met == sum(one.charged_paid + one.charged_granted for one in sold), "each charge is found by its cut"


def _months_are_closed(plan):
    """As it would be a month later: that before the last one is closed, and restated by what was billed for it then."""
    job = Job.objects.get(kind=books.KIND)
    assert not MonthClose.objects.exists()
    job.payload["until"] = f"{plan.until + dt.timedelta(days=30)}"
    for _ in range(2):
        books.close(job)
        close = MonthClose.objects.get()
        assert close.month == plan.start and close.restated.keys() == {"cost", "image.cost"}
        assert close.restated["cost"] == ProviderInvoice.objects.get(number__endswith="-B").total > 0


def _months(plan):
    split = plan.until.replace(day=1)
    return ((plan.start, split - dt.timedelta(days=1)), (split, plan.until))
