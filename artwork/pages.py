"""A poem on pages: one size for all of it, verse lines kept, a stanza a page, long stanzas divided well."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from artwork import bidi, typeset
from artwork.fonts import Face
from artwork.words import Unrenderable

MOST = 24
LEADING, GAP, HANG = 1.36, 0.75, 1.4  # line to line, between stanzas on one page, the indent of a run-over: in sizes


@dataclass(frozen=True)
class Row:
    """One row of type. `hangs` marks the continuation of a verse line that was too long."""

    text: str
    rtl: bool
    hangs: bool = False
    gap: bool = False


@dataclass(frozen=True)
class Page:
    """Rows that stand together, set in one size."""

    rows: tuple[Row, ...]
    size: float
    face: Face

    @property
    def height(self) -> float:
        gaps = sum(row.gap for row in self.rows)
        return self.size * (LEADING * (len(self.rows) - 1) + GAP * gaps + 1.0)

    @property
    def width(self) -> float:
        return max(self.indent(row) + typeset.width(row.text, self.face, self.size, row.rtl) for row in self.rows)

    def indent(self, row: Row) -> float:
        return HANG * self.size if row.hangs else 0.0

    @property
    def words(self) -> int:
        """As many as it takes to read; two ideographs count as one word."""
        text = " ".join(row.text for row in self.rows)
        return max(len(text.split()), sum(ord(c) > 0x2E80 for c in text) // 2)


def lay(
    stanzas: Sequence[Sequence[str]], face: Face, room: tuple[float, float], sizes: tuple[float, float]
) -> list[Page]:
    """The pages of a poem inside a room (width, height), in the largest size between `sizes` that suits it."""
    size = _size([verse for stanza in stanzas for verse in stanza], face, room[0], sizes)
    rows = [[_rows(verse, face, size, room[0]) for verse in stanza] for stanza in stanzas]
    capacity = int((room[1] / size - 1.0) / LEADING) + 1
    groups = [part for stanza in rows for part in _divide(stanza, capacity)]
    if len(groups) > 8:
        groups = _join(groups, capacity)
    if len(groups) > MOST:
        raise Unrenderable(f"The poem would fill {len(groups)} pages; a cut holds {MOST}. Choose a part of it.")
    return [Page(tuple(row for verse in group for row in verse), size, face) for group in groups]


def whole(stanzas: Sequence[Sequence[str]], face: Face, room: tuple[float, float], sizes: tuple[float, float]) -> Page:
    """The poem on one page if its type need not be smaller than the least; else its first page."""
    for least, tolerated in ((max(sizes[0], sizes[1] * 0.7), 0), (sizes[0], 0.25)):
        size = sizes[1]
        while size >= least:
            rows = [[_rows(verse, face, size, room[0]) for verse in stanza] for stanza in stanzas]
            page = Page(tuple(row for verse in _together(rows) for row in verse), size, face)
            if page.height <= room[1] and sum(row.hangs for row in page.rows) <= tolerated * len(page.rows):
                return page
            size *= 0.96
    return lay(stanzas, face, room, sizes)[0]


def _size(verses: list[str], face: Face, most: float, sizes: tuple[float, float]) -> float:
    """So large that all lines stand on one row, or all but the longest tenth where those would make it much smaller."""
    widths = sorted(typeset.width(verse, face, 100.0, bidi.is_rtl(verse)) for verse in verses)
    longest, usual = (
        min(sizes[1], 99.5 * most / max(wide, 1.0)) for wide in (widths[-1], widths[int((len(widths) - 1) * 0.9)])
    )
    return max(sizes[0], longest if longest > 0.8 * usual else usual)


def _rows(verse: str, face: Face, size: float, most: float) -> list[Row]:
    rtl = bidi.is_rtl(verse)
    parts = typeset.wrap(verse, face, size, most, HANG * size, rtl)
    return [Row(part, rtl, hangs=at > 0) for at, part in enumerate(parts)]


def _divide(stanza: list[list[Row]], capacity: int) -> list[list[list[Row]]]:
    """A stanza too long for a page in parts of nearly the same length, none of them a single line."""
    parts = ceil(sum(map(len, stanza)) / capacity)
    while parts <= len(stanza):
        step = len(stanza) / parts
        cuts = [round(step * at) for at in range(parts + 1)]
        divided = [stanza[a:b] for a, b in pairwise(cuts)]
        if all(sum(map(len, part)) <= capacity for part in divided):
            return divided
        parts += 1
    return [[verse[at : at + capacity]] for verse in stanza for at in range(0, len(verse), capacity)]


def _join(groups: list[list[list[Row]]], capacity: int) -> list[list[list[Row]]]:
    """Short stanzas share a page where a poem has very many."""
    joined = [groups[0]]
    for group in groups[1:]:
        if _tall(joined[-1]) + _tall(group) + GAP / LEADING <= capacity:
            joined[-1] = _together([joined[-1], group])
        else:
            joined.append(group)
    return joined


def _tall(group: list[list[Row]]) -> float:
    """How many rows a group takes, its gaps counted."""
    return sum(len(verse) for verse in group) + GAP / LEADING * sum(row.gap for verse in group for row in verse)


def _together(groups: list[list[list[Row]]]) -> list[list[Row]]:
    """Stanzas one after the other, with a gap before each but the first."""
    verses = list(groups[0])
    for group in groups[1:]:
        first = [Row(row.text, row.rtl, row.hangs, gap=at == 0) for at, row in enumerate(group[0])]
        verses += [first, *group[1:]]
    return verses
