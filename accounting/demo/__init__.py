"""The demo's history: 14 months of a small business, played by the services themselves at the time of the story.

Every posting says when it happened; when it was posted is the ledger's own clock and stays true: today. A day is one
transaction with the progress of the job, so that a run that died goes on where it stopped, and no day is played twice.
"""

import datetime as dt
import time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounting import rollups
from accounting.demo import books, visits
from accounting.demo.people import email_of
from accounting.demo.perform import Stage
from accounting.demo.plan import Plan
from accounts.models import User
from billing import demo as payments
from billing import demo_history, reconciliation
from jobs.models import Job, State
from jobs.registry import Retry
from pricing import demo as prices
from sitestats import deeds, facts
from sitestats import rollups as page_views
from sitestats.storing import Store
from tunables import values
from ui import clock, periods

KIND = "accounting.load_demo"
MEMBERS = 220
SLICE = 45  # seconds; then others get their turn


def enqueue() -> Job | None:
    """Queue it, once in the life of a database, where demo payments are possible and wanted."""
    if not (payments.is_possible() and settings.DEMO_MONTHS):
        return None
    story = {
        "until": periods.today() - dt.timedelta(days=1),
        "months": settings.DEMO_MONTHS,
        "members": MEMBERS,
        "zone": str(clock.zone()),
        "signup": str(values.get("signup_grant_usd")),
        "bonus": [[str(limit), str(bonus)] for limit, bonus in values.get("topup_bonus_tiers")],
    }
    with transaction.atomic():
        if not values.get("premium_offered"):
            values.change("premium_offered", "on", by=None)
        return Job.enqueue(KIND, story, dedupe_key=KIND)


def load(job: Job) -> None:
    """Play the days that are still to come, for a while; then come back."""
    until = time.monotonic() + SLICE
    plan, stage = stage_for(job.payload)
    views = Store()
    done, total = job.progress_done, len(plan.days) + 1
    if not done and User.objects.filter(email=email_of(0)).exists():
        return  # an earlier job has played it
    for number, (day, acts) in enumerate(plan.acts()):
        if number < done:
            stage.remember(acts)
            continue
        stage.at_stripe(day, acts)
        with transaction.atomic():
            stage.play(day, acts)
            if number >= len(plan.days) - visits.DAYS:
                visits.Visits(stage, views, day).keep(acts)
            job.progress(number + 1, total, f"{day:%B %Y}")
        if time.monotonic() > until:
            demo_history.catch_up(plan.midnight(plan.start))
            raise Retry(0, f"It goes on after {day:%-d %B %Y}")
    demo_history.catch_up(plan.midnight(plan.start))
    rollups.catch_up()
    with transaction.atomic():
        visits.Visits(stage, views, plan.until + dt.timedelta(days=1), timezone.now()).keep([])
    deeds.settle(dt.timedelta(days=visits.DAYS + 1))
    page_views.catch_up()
    facts.add_up_all()
    reconciliation.start_daily()
    books.enqueue(plan.start, plan.until)
    job.progress(total, total, f"{len(plan.people)} members, {plan.made} cuts and {plan.payments} payments are there")


def under_way() -> Job | None:
    """The job, while it has something to do, with a `label` that says how far it is."""
    if not settings.DEMO_MONTHS:
        return None
    job = Job.objects.filter(dedupe_key=KIND, state__in=(State.NEW, State.RUNNING)).first()
    if job:
        percent = 100 * job.progress_done // max(1, job.progress_total)
        job.label = f"Demo data is being loaded: {percent} %"
    return job


def stage_for(story: dict) -> tuple[Plan, Stage]:
    """The story that ends on a day, after so many months, the running one among them; and where it is played.

    It was written down when it was queued: whatever staff change meanwhile, it goes on as it began.
    """
    until, zone = dt.date.fromisoformat(story["until"]), ZoneInfo(story["zone"])
    first = until.year * 12 + until.month - story["months"]
    start = dt.date(first // 12, first % 12 + 1, 1)
    prices.begin_at(dt.datetime.combine(start, dt.time(), zone))
    book = prices.Book()
    tiers = [(Decimal(limit), Decimal(bonus)) for limit, bonus in story["bonus"]]
    plan = Plan(start, until, story["members"], zone, Decimal(story["signup"]), book.price, tiers)
    return plan, Stage(plan, book)
