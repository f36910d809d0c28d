"""What the list of users may show: the time that somebody's cuts saved, summed for the people of a page alone.

It is asked of the cuts, by their owner, and kept nowhere: so it is exact, and a list without it costs nothing more.
"""

from django.db.models import DecimalField, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce

from accounting.usage import cards, queries
from accounts import columns
from accounts.permissions import Perm
from studio.models import Cut


def time_saved():
    """Minutes, to the hundredth; 0 for staff and the demo, who are not counted."""
    found = Cut.objects.filter(queries.MEMBER, owner=OuterRef("pk")).order_by().values("owner")
    found = Subquery(found.annotate(total=Sum(queries.saved())).values("total"))
    return Cast(Coalesce(found, Value(0.0)), DecimalField(max_digits=14, decimal_places=2))


def _cell(person) -> str:
    return cards.hours(person.saved_now)


SHOWN = columns.Shown("saved", "Time saved", _cell, num=True, default=False, perm=Perm.USAGE_READ)
columns.add(columns.Added(SHOWN, "Time saved (min)", time_saved))
