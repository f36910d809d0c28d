"""Reads of this room: what there is to choose from, the public cuts, a member's own things, and the staff's list."""

from django.db.models import Q, QuerySet

from accounts.queries import named
from catalog import queries as catalog
from catalog.models import Poem
from studio.models import Cut
from ui import lists

KINDS = {"member": "Members", "visitor": "Visitors"}


def poems_for(user) -> list[Poem]:
    """What a cut may say: a member's own poems first, then the public catalog's."""
    own = user.poems.filter(retired_at__isnull=True).select_related("written").order_by("-id")[:50] if user else ()
    return [*own, *catalog.public_poems()]


def wall() -> QuerySet[Cut]:
    """The public cuts, newest first."""
    return Cut.objects.on_the_wall().select_related("poster", "owner")


def ahead_of(cut) -> int:
    """How many renders wait before this one."""
    return Cut.objects.filter(state=Cut.State.QUEUED, queued_at__lt=cut.queued_at).count()


# Staff


def cuts(*, state="", kind="", service="", q="", by_email=False) -> QuerySet[Cut]:
    """Every cut with what it cost; the caller orders and pages.

    `q` begins a name, e-mail or title, or is a slug, or the ID of an asset that a cut is made of.
    """
    found = Cut.objects.with_cost().select_related("owner")
    if state in Cut.State.values:
        found = found.filter(state=state)
    if kind in KINDS:
        found = found.filter(owner__isnull=kind == "visitor")
    if service:
        found = found.filter(service=service)
    if q:
        made_of = Cut.objects.filter(Q(images__code=q) | Q(track__asset__code=q) | Q(own_music__code=q))
        named_so = Q(title__istartswith=q) | Q(owner__in=named(q, by_email=by_email)) | Q(slug=q)
        found = found.filter(Q(pk__in=made_of.values("pk")) if q.startswith("as_") else named_so)
    return found


def counts(**only) -> dict[str, str]:
    """How many cuts each state holds ("" is all), exact up to 10,000."""
    return {state: lists.bounded_count(cuts(state=state, **only)) for state in ("", *Cut.State.values)}
