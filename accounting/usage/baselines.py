"""Minutes by hand that a cut spares.

A cut counts by the baseline that held when it was asked for, so that what was saved stays what it was.
"""

from django.db import transaction

from accounting.models import TimeBaseline
from audit.models import record
from studio.orders import TITLES

NEWEST_FIRST = ("-valid_from", "-pk")


def history() -> list[TimeBaseline]:
    """All there were, newest first, with their service in words and whether they hold now."""
    found, seen = list(TimeBaseline.objects.order_by(*NEWEST_FIRST).select_related("by")), set()
    for one in found:
        one.title, one.holds = TITLES.get(one.service, one.service), one.service not in seen
        seen.add(one.service)
    return found


def add(*, by, form_key, **told) -> TimeBaseline:
    """Valid from now on; the same form again returns the first."""
    with transaction.atomic():
        made, created = TimeBaseline.objects.get_or_create(form_key=form_key, defaults={"by": by, **told})
        if created:
            record(by, "accounting.baseline_added", f"baseline:{made.service}", after=told)
    return made
