"""Providers' calls added up, as they are now: from the rows of days, and from the calls themselves where those are old.

The rows of days follow within a minute; an invoice is compared and matched by what is true at the moment.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import or_

from django.db.models import Count, Q, Sum

from accounting import rollups
from accounting.models import DayCalls
from pricing.invoices import ZERO, Span, answered_on
from pricing.models import BOOKED, ProviderCall

OF_ROWS = (Sum("calls"), Sum("units"), Sum("cost"))
OF_CALLS = (Count("pk"), Sum("units"), Sum(BOOKED))


@dataclass(frozen=True)
class Called:
    """Some answered calls: how many, of how many units, and what they are booked at."""

    calls: int = 0
    units: Decimal = ZERO
    cost: Decimal = ZERO

    def __add__(self, other: "Called") -> "Called":
        return Called(self.calls + other.calls, self.units + other.units, self.cost + other.cost)


def sums(by: str, *, days: Iterable[Span] | None = None, **which) -> dict[str, Called]:
    """The answered calls of some days (all, if none are named) by `provider` or `service_id`.

    `which` narrows by provider, service and invoice; `invoice=None` means those that none proves.
    """
    stale = rollups.stale()
    rows = DayCalls.objects.none() if stale is None else DayCalls.objects.exclude(day__in=stale)
    calls = ProviderCall.objects.filter(state=ProviderCall.State.ANSWERED)
    calls = calls if stale is None else calls.filter(answered_on(rollups.spans(stale)))
    if days is not None:
        rows = rows.filter(reduce(or_, (Q(day__range=span) for span in days), Q(pk__in=[])))
        calls = calls.filter(answered_on(days))
    found: dict[str, Called] = {}
    for queryset, (count, units, cost) in ((rows, OF_ROWS), (calls, OF_CALLS)):
        grouped = queryset.filter(**which).order_by().values(by).annotate(n=count, u=units, c=cost)
        for key, *numbers in grouped.values_list(by, "n", "u", "c"):
            found[key] = found.get(key, Called()) + Called(*numbers)
    return found
