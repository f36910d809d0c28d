"""Reads of this room."""

from django.db.models import QuerySet

from exports.kinds import KINDS
from exports.models import Export


def exports(*, viewer) -> QuerySet[Export]:
    """All that was asked for of the lists that `viewer` may export; the caller orders and pages."""
    kinds = [key for key, kind in KINDS.items() if viewer.can(kind.perm)]
    return Export.objects.filter(kind__in=kinds).select_related("by", "job", "file")
