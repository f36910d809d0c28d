"""The order of a line's parts where left-to-right and right-to-left meet. Inside a part, raqm orders the letters."""

import unicodedata
from itertools import groupby

RIGHT = {"R", "AL"}
DIGITS = {"EN", "AN"}


def is_rtl(text: str, otherwise: bool = False) -> bool:
    """Whether the first letter that has a direction runs from right to left."""
    for c in text:
        kind = unicodedata.bidirectional(c)
        if kind in RIGHT or kind == "L":
            return kind in RIGHT
    return otherwise


def parts(text: str, rtl: bool) -> list[tuple[str, bool]]:
    """The parts of a line in the order in which they stand from left to right, each with its own direction."""
    levels = _levels(text, rtl)
    runs = [
        ("".join(c for c, _ in run), level) for level, run in groupby(zip(text, levels, strict=True), lambda x: x[1])
    ]
    for level in range(max(levels, default=0), 0, -1):  # rule L2 of UAX 9: from the highest level down, turn around
        turned, pending = [], []
        for run in runs:
            if run[1] >= level:
                pending.insert(0, run)
            else:
                turned += [*pending, run]
                pending = []
        runs = turned + pending
    return [(run, level % 2 == 1) for run, level in runs]


def _levels(text: str, rtl: bool) -> list[int]:
    base = 1 if rtl else 0
    directions = [_direction(c, rtl) for c in text]
    for at, direction in enumerate(directions):
        if at and unicodedata.bidirectional(text[at]) in {"NSM", "BN"}:  # an accent or a joiner stays with its letter
            directions[at] = directions[at - 1]
        elif direction is None:  # what has no direction goes with its neighbours where they agree
            before = next((d for d in reversed(directions[:at]) if d is not None), rtl)
            after = next((d for d in directions[at:] if d is not None), rtl)
            directions[at] = before if before == after else rtl
    return [base if direction == rtl else base + 1 for direction in directions]


def _direction(c: str, rtl: bool) -> bool | None:
    kind = unicodedata.bidirectional(c)
    if kind in RIGHT:
        return True
    return False if kind == "L" or kind in DIGITS else None
