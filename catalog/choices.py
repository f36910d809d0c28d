"""Categories, frame designs and styles: staff add, change, arrange and retire them. One room for all three kinds."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from audit.models import record
from catalog import ordering
from catalog.models import Category, FrameDesign, Style
from catalog.models.choice import Choice


@dataclass(frozen=True)
class Kind:
    """One of the three: its word in addresses, its table, its words on screen, its field on a cut."""

    key: str
    model: type[Choice]
    noun: str
    title: str
    field: str

    @property
    def drawn(self) -> bool:
        """Whether its rows name a drawing of our own code."""
        return self.model is not Category

    @property
    def offered(self):
        return self.model.objects.filter(retired_at=None)


_ALL = (
    Kind("categories", Category, "category", "Categories", "category"),
    Kind("frames", FrameDesign, "frame design", "Frame designs", "frame"),
    Kind("styles", Style, "style", "Styles", "style"),
)
KINDS = {kind.key: kind for kind in _ALL}


class Refused(Exception):
    """This may not be done; the message says why."""


def add(kind: Kind, title: str, *, by, **drawn: Any) -> Choice:
    """Offer one more, as the last. A title is offered once, so the same form sent twice adds once."""
    with transaction.atomic():
        ordering.lock()
        _refuse_twin(kind, title)
        row = kind.model(title=title, slug=_slug(kind, title), position=kind.offered.count(), **drawn)
        row.save(force_insert=True)
        record(by, f"{row._meta.model_name}.added", row, after={"title": title, **drawn})
    return row


def change(kind: Kind, pk: int, title: str, *, by, **drawn: Any) -> Choice:
    """Another title, drawing or options, for cuts made from now on."""
    with transaction.atomic():
        ordering.lock()
        row = kind.model.objects.get(pk=pk)
        _refuse_twin(kind, title, but=pk)
        after = {"title": title, **drawn}
        before = {name: getattr(row, name) for name in after}
        if before != after:
            for name, value in after.items():
                setattr(row, name, value)
            row.save(update_fields=list(after))
            record(by, f"{row._meta.model_name}.changed", row, before=before, after=after)
    return row


def retire(kind: Kind, pk: int, *, by) -> Choice:
    """Offer it no more; cuts that have it keep it. The last one stays: visitors must find one to choose."""
    with transaction.atomic():
        ordering.lock()
        row = kind.model.objects.get(pk=pk)
        if row.retired_at is None:
            if kind.offered.count() == 1:
                raise Refused(f"“{row}” is the last {kind.noun}: add another one before you retire it.")
            _turn(row, timezone.now(), "retired", by)
            ordering.renumber(list(kind.offered))
    return row


def bring_back(kind: Kind, pk: int, *, by) -> Choice:
    """Offer it again, as the last."""
    with transaction.atomic():
        ordering.lock()
        row = kind.model.objects.get(pk=pk)
        if row.retired_at is not None:
            _refuse_twin(kind, row.title)
            row.position = kind.offered.count()
            _turn(row, None, "brought_back", by)
    return row


def _turn(row: Choice, retired_at, verb: str, by) -> None:
    row.retired_at = retired_at
    row.save(update_fields=["retired_at", "position"])
    retired = retired_at is not None
    record(by, f"{row._meta.model_name}.{verb}", row, before={"retired": not retired}, after={"retired": retired})


def _refuse_twin(kind: Kind, title: str, but: int | None = None) -> None:
    if kind.offered.filter(title__iexact=title).exclude(pk=but).exists():
        raise Refused(f"There is a {kind.noun} “{title}” already.")


def _slug(kind: Kind, title: str) -> str:
    """A name for addresses and code, never changed afterwards."""
    base = slugify(title)[:30] or kind.noun.replace(" ", "-")
    taken = set(kind.model.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)
