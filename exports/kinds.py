"""What can be exported. A room registers its lists in `<room>/tasks.py`, beside its jobs: `register(Kind(…))`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict

from exports.columns import Column

KINDS: dict[str, "Kind"] = {}


@dataclass(frozen=True)
class Kind:
    """One list. What its functions get is the viewer, for what somebody may not see is in no file of theirs."""

    key: str
    title: str
    perm: str
    page: str  # name of the page with the list
    rows: Callable[[object, QueryDict], QuerySet]  # of a viewer and a query, filtered and in order
    columns: Callable[[object], list[Column]]
    # The filter, for people: of each viewer and query, what of it filters for this viewer
    words: Callable[[Iterable[tuple[object, QueryDict]]], list[list[str]]]
    chosen: Callable[[QueryDict], list[str]]  # the columns of the list that the query shows
    personal: bool = True  # whether it holds what people have confided to us


def register(kind: Kind) -> None:
    """Offer this list; a second one of the same key takes its place."""
    KINDS[kind.key] = kind
