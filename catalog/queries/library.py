"""Reads of the assets."""

from catalog.models import Asset


def curated(kind: str, mood: str = ""):
    """The public pool: curated assets of a kind that are not retired, newest first."""
    found = Asset.objects.filter(kind=kind, curated=True, retired_at=None).select_related("file", "preview", "category")
    return (found.filter(mood=mood) if mood else found).order_by("-id")
