"""Reads of this room."""

from django.db.models import QuerySet

from exports.models import Export


def exports() -> QuerySet[Export]:
    """All that was asked for; the caller orders and pages."""
    return Export.objects.select_related("by", "job", "file")
