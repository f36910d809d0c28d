"""Closing a month: its figures are written down and never change; what comes later is a restatement beside them."""

import datetime as dt
from dataclasses import asdict
from decimal import Decimal

from django.db import IntegrityError, transaction

from accounting import figures, rollups
from accounting.models import CatchUp, MonthClose, Restatement
from audit.models import record
from ui import periods

NUMBERS = ("units", "charged_paid", "charged_granted", "cost", "unreconciled")


class NotClosable(Exception):
    """A sentence that says why."""


def close(month: dt.date, *, by) -> MonthClose:
    """Write a month down as it is now. `month` is its first day. Raises NotClosable."""
    if figures.following(month) > periods.today():
        raise NotClosable(f"{month:%B %Y} is not over yet.")
    try:
        with transaction.atomic():
            look = rollups.stale() is not None and rollups.catch_up()  # nobody else looks until this is over
            if not look:
                raise NotClosable("The figures are being brought up to date. Try again in a moment.")
            if (begun := figures.begun()) is None or month < begun:
                raise NotClosable(f"Nothing had moved yet in {month:%B %Y}.")
            headline, services = _live(month)
            facts = {"figures": headline, "services": services, "zone": look.zone}
            made = MonthClose.objects.create(month=month, closed_by=by, **facts)
            record(by, "accounting.month_closed", f"month:{month:%Y-%m}", after=headline)
    except IntegrityError:
        raise NotClosable(f"{month:%B %Y} is closed already.") from None
    return made


def restate(since: dt.date | None = None) -> list[Restatement]:
    """Compare every closed month with what the rows of days say now; a difference becomes a row.

    All of them, as what comes late also changes what is unspent at the end of the months after it. Those that were
    closed in another time zone, whose days are others, cost more to look at: only where something came `since`.
    """
    made = []
    with transaction.atomic():
        rollups.wait_turn()
        look = CatchUp.objects.order_by("-at").first()
        for closed in MonthClose.objects.order_by("month").prefetch_related("restatements") if look else ():
            if changes := _differences(closed, look.zone, since):
                number = len(closed.restatements.all()) + 1
                made.append(Restatement.objects.create(close=closed, number=number, changes=changes))
    return made


def _differences(closed: MonthClose, zone: str, since: dt.date | None) -> dict[str, str]:
    """Figure -> by how much it differs. `zone` is that of the rows."""
    if closed.zone == zone:
        headline, services = _live(closed.month)
    elif since and since <= figures.following(closed.month):  # a day of that one may be the last of this
        with rollups.days_of(closed.zone, closed.month, _last_of(closed.month)):
            headline, services = _live(closed.month)
    else:
        return {}
    then, now = _flat(closed.figures, closed.services), _flat(headline, services)
    for name, amount in closed.restated.items():
        then[name] = then.get(name, Decimal(0)) + amount
    found = {name: now.get(name, Decimal(0)) - then.get(name, Decimal(0)) for name in sorted(now.keys() | then.keys())}
    return {name: str(amount) for name, amount in found.items() if amount}


def _live(month: dt.date) -> tuple[dict, dict]:
    last = _last_of(month)
    headline = {name: str(amount) for name, amount in asdict(figures.period(month, last)).items()}
    services = {
        one.service: {name: str(getattr(one, name)) for name in NUMBERS} for one in figures.by_service(month, last)
    }
    return headline, services


def _last_of(month: dt.date) -> dt.date:
    return figures.following(month) - dt.timedelta(days=1)


def _flat(headline: dict, services: dict) -> dict[str, Decimal]:
    found = {name: Decimal(text) for name, text in headline.items()}
    for service, numbers in services.items():
        found |= {f"{service}.{name}": Decimal(text) for name, text in numbers.items()}
    return found
