"""Reads of the house's poems."""

from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from catalog.models import Poem
from catalog.queries.counts import cuts_of_poem

STATES = {"shown": "In the catalog", "kept": "Not shown", "retired": "Retired"}


def poems(*, q: str = "", state: str = "", category: str = "") -> QuerySet[Poem]:
    """The house's own poems; members' poems are theirs. Retired ones only when asked for."""
    found = Poem.objects.filter(owner=None).select_related("category", "public_item")
    found = found.annotate(made=Coalesce(cuts_of_poem(OuterRef("pk")), 0))
    found = found.filter(retired_at__isnull=state != "retired")
    if state in ("shown", "kept"):
        found = found.filter(public_item__isnull=state == "kept")
    if category:
        found = found.filter(category__slug=category)
    if q:
        found = found.filter(Q(title__icontains=q) | Q(author__icontains=q) | Q(text__icontains=q))
    return found
