"""Reads of what one chooses from: categories, frame designs, styles."""

from django.db.models import F, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from catalog.choices import Kind
from catalog.models import Category, FrameDesign, Style
from catalog.queries.counts import cuts_with


def categories() -> QuerySet[Category]:
    """Those that are offered, in their order."""
    return Category.objects.filter(retired_at=None)


def frames() -> QuerySet[FrameDesign]:
    """Those that are offered, in their order."""
    return FrameDesign.objects.filter(retired_at=None)


def styles() -> QuerySet[Style]:
    """Those that are offered, in their order."""
    return Style.objects.filter(retired_at=None)


def choices(*, kind: Kind) -> QuerySet:
    """All rows of a kind, offered ones first, with the cuts made with each."""
    rows = kind.model.objects.annotate(made=Coalesce(cuts_with(kind.field, OuterRef("pk")), 0))
    return rows.order_by(F("retired_at").asc(nulls_first=True), "position", "id")
