"""Reads of this room."""

from django.db.models import QuerySet

from exports.kinds import KINDS, Kind
from exports.models import Export


def kinds(*, viewer) -> list[Kind]:
    """The lists that `viewer` may export."""
    return [kind for kind in KINDS.values() if viewer.can(kind.perm)]


def exports(*, viewer) -> QuerySet[Export]:
    """All that was asked for of the lists that `viewer` may export; the caller orders and pages."""
    keys = [kind.key for kind in kinds(viewer=viewer)]
    return Export.objects.filter(kind__in=keys).select_related("by", "job", "file")
