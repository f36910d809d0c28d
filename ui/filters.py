"""Filters of a list as links: chips with counts, and the filters in force, each with its own way out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ui import lists


@dataclass(frozen=True)
class Chip:
    label: str
    url: str
    on: bool
    count: int | str | None = None


@dataclass(frozen=True)
class Applied:
    name: str
    label: str
    value: str
    url: str


LONGEST = 200


def text(request, name: str = "q", longest: int = LONGEST) -> str:
    """What was typed into a search field, fit for a query: trimmed, bounded, without NUL bytes."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:longest]


def number(typed: str) -> int | None:
    """An id as people type it; None for what is none, or more than a column of ids holds."""
    return int(typed) if typed.isdecimal() and len(typed) < 19 else None


def choice(request, name: str, allowed: Iterable[str], default: str = "") -> str:
    """The value of a chip or select if it is one of `allowed`."""
    value = request.GET.get(name, default)
    return value if value in allowed else default


def chips(
    request, name: str, choices: Iterable[tuple[str, str]], counts: Mapping[str, int] | None = None, default: str = ""
):
    """One chip a choice; the choice "" is "All" and stands for no filter. `default`: where the address says nothing."""
    choices = list(choices)
    now = choice(request, name, [value for value, _ in choices], default)
    return [
        Chip(label, lists.address(request, **{name: value}), value == now, counts.get(value) if counts else None)
        for value, label in choices
    ]


def applied(request, names: Mapping[str, str | tuple[str, Mapping[str, str]]]) -> list[Applied]:
    """The filters in force. `names` maps a parameter to its label, or to (label, words for its values)."""
    found = []
    for name, words in names.items():
        value = text(request, name)
        label, values = words if isinstance(words, tuple) else (words, {})
        if value and (not values or value in values):
            found.append(Applied(name, label, values.get(value, value), lists.address(request, **{name: None})))
    return found


def clear_url(request, filters: Iterable[Applied]) -> str:
    """The list without these filters, in the same order."""
    return lists.address(request, **{one.name: None for one in filters})
