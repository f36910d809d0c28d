"""One line of type: shaped by raqm (ligatures, kerning, marks), in as many fonts and directions as it needs."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from PIL import ImageDraw

from artwork import bidi, fonts
from artwork.fonts import Face

EXTENDS = re.compile(r"[\u200c\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
NOT_FIRST = set("、。，．！？：；」』）】〉》〕’”…ー・々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.!?:;)]}»")
NOT_LAST = set("「『（【〈《〔‘“([{«")


@dataclass(frozen=True)
class Run:
    """A part of a line in one font and one direction."""

    text: str
    font: str
    rtl: bool


def clusters(text: str) -> list[str]:
    """What a reader takes for one character: a letter with its accents, an emoji with skin, joiners or flag letters."""
    found: list[str] = []
    for c in text:
        joined = found and (
            unicodedata.category(c) in {"Mn", "Mc", "Me"} or EXTENDS.match(c) or found[-1][-1] == "\u200d"
        )
        flag = found and _is_flag(c) and len(found[-1]) == 1 and _is_flag(found[-1])
        if joined or flag:
            found[-1] += c
        else:
            found.append(c)
    return found


def _is_flag(c: str) -> bool:
    return "\U0001f1e6" <= c <= "\U0001f1ff"


@lru_cache(maxsize=2048)
def runs(text: str, face: Face, rtl: bool) -> tuple[Run, ...]:
    """The runs of a line from left to right."""
    found: list[Run] = []
    for part, right in bidi.parts(text, rtl):
        pieces: list[list[str]] = []
        for cluster in clusters(part):
            font = _font(cluster, pieces[-1][1] if pieces else None, face)
            if pieces and pieces[-1][1] == font:
                pieces[-1][0] += cluster
            else:
                pieces.append([cluster, font])
        found += [Run(text, font, right) for text, font in (reversed(pieces) if right else pieces)]
    return tuple(found)


def _font(cluster: str, before: str | None, face: Face) -> str:
    """Spaces and punctuation stay in the font of what they follow."""
    neutral = before and before != "emoji" and unicodedata.category(cluster[0])[0] in "ZPN"
    if neutral and all(ord(c) in fonts.characters(before) or c in fonts.INVISIBLE for c in cluster):
        return before
    return fonts.font_for(cluster, face)


@lru_cache(maxsize=8192)
def width(text: str, face: Face, size: float, rtl: bool = False) -> float:
    """How wide a line is."""
    return sum(
        fonts.sized(run.font, size, face.weight).getlength(run.text, direction="rtl" if run.rtl else "ltr")
        for run in runs(text, face, rtl)
    )


def write(draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, face: Face, size: float, rtl=False, fill=255):
    """Draw a line whose baseline begins at the left in `at`; where it ends."""
    x, y = at
    for run in runs(text, face, rtl):
        font = fonts.sized(run.font, size, face.weight)
        direction = "rtl" if run.rtl else "ltr"
        draw.text((x, y), run.text, fill=fill, font=font, anchor="ls", direction=direction)
        x += font.getlength(run.text, direction=direction)
    return x


def spaced(
    draw: ImageDraw.ImageDraw, centre: tuple[float, float], text: str, face: Face, size: float, gap: float, fill=255
):
    """A small line of letters set apart, around a centre; writing that joins its letters is left as it is."""
    rtl = bidi.is_rtl(text)
    if rtl or any(unicodedata.category(c)[0] == "M" for c in text):
        return write(draw, (centre[0] - width(text, face, size, rtl) / 2, centre[1]), text, face, size, rtl, fill)
    letters = clusters(text)
    x = centre[0] - (sum(width(c, face, size) for c in letters) + gap * (len(letters) - 1)) / 2
    for letter in letters:
        x = write(draw, (x, centre[1]), letter, face, size, fill=fill) + gap
    return x - gap


def wrap(text: str, face: Face, size: float, most: float, hang: float, rtl: bool = False) -> list[str]:
    """A verse line in as few rows as it needs; rows after the first have `hang` less room. Rows come out even."""
    if width(text, face, size, rtl) <= most:
        return [text]
    rows = _fill(text, face, size, most, hang, rtl)
    room = most
    while room > most / 2 and len(even := _fill(text, face, size, room, hang, rtl)) == len(rows):
        rows, room = even, room * 0.94
    return rows


def _fill(text: str, face: Face, size: float, most: float, hang: float, rtl: bool) -> list[str]:
    rows, row = [], ""
    for piece in _pieces(text, face, size, most - hang, rtl):
        if row.strip() and width((row + piece).rstrip(), face, size, rtl) > most - (hang if rows else 0):
            rows.append(row.rstrip())
            row = piece.lstrip()
        else:
            row += piece
    return [*rows, row.rstrip()]


def _pieces(text: str, face: Face, size: float, most: float, rtl: bool) -> list[str]:
    """What may not be broken: words, ideographs with their punctuation; a word longer than a row breaks anywhere."""
    pieces: list[str] = []
    for cluster in clusters(text):
        if pieces and not _may_break(pieces[-1][-1], cluster):
            pieces[-1] += cluster
        else:
            pieces.append(cluster)
    fitting = []
    for piece in pieces:
        fitting += [piece] if width(piece, face, size, rtl) <= most else clusters(piece)
    return fitting


def _may_break(before: str, after: str) -> bool:
    if after[0] in NOT_FIRST or before in NOT_LAST or after.isspace():
        return False
    wide = any(unicodedata.east_asian_width(c) in "WF" for c in (before, after[0]))
    return before.isspace() or before in "-–—/" or wide
