"""A poem as a stranger typed it, made clean: stanzas of verse lines, or a sentence that says why not."""

import re
import unicodedata

TITLE, AUTHOR, LINES, CHARACTERS, LINE = 120, 120, 160, 6000, 400
# Joiners shape letters and emoji and stay; every other invisible or directional control goes
KEPT = {"\u200c", "\u200d", "\ufe0e", "\ufe0f"} | {chr(code) for code in range(0xE0020, 0xE0080)}
SPACES = str.maketrans({"\t": " ", "\u00a0": " ", "\u2028": "\n", "\u2029": "\n", "\x0b": "\n", "\x0c": "\n"})

HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


class Unrenderable(Exception):
    """What was asked for cannot be rendered; the text says why, in a sentence for the person who asked."""


def clean(text: str) -> str:
    """Composed (NFC), one kind of line end, no control characters, no stacks of accents that climb over other lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(SPACES)
    text = "".join(c for c in text if c == "\n" or c in KEPT or unicodedata.category(c) not in HIDDEN)
    text = unicodedata.normalize("NFC", text)
    return re.sub(r"(?<=[\u0300-\u036f]{3})[\u0300-\u036f]+", "", text)


def line(text: str, most: int, name: str) -> str:
    """One line, such as a title or a name."""
    text = " ".join(clean(text).split())
    if len(text) > most:
        raise Unrenderable(f"The {name} is {len(text):,} characters long; {most} are the most that fit.")
    return text


def stanzas(text: str) -> list[list[str]]:
    """The verse lines of each stanza. Indents at the start of a line are the poet's and stay, up to eight spaces."""
    lines = [_verse(raw) for raw in clean(text).split("\n")]
    written = [verse for verse in lines if verse]
    if not written:
        raise Unrenderable("The poem has no text yet: write at least one line.")
    if len(written) > LINES or sum(map(len, written)) > CHARACTERS:
        size = f"{len(written):,} lines and {sum(map(len, written)):,} characters"
        raise Unrenderable(f"The poem has {size}; a cut holds at most {LINES} lines and {CHARACTERS:,} characters.")
    if (longest := max(map(len, written))) > LINE:
        raise Unrenderable(f"One line has {longest:,} characters; break it into lines of at most {LINE}.")
    found: list[list[str]] = [[]]
    for verse in lines:
        if verse:
            found[-1].append(verse)
        elif found[-1]:
            found.append([])
    return [stanza for stanza in found if stanza]


def _verse(raw: str) -> str:
    text = " ".join(raw.split())
    indent = min(8, len(raw) - len(raw.lstrip(" ")))
    return "\u2002" * (indent // 2) + text if text else ""
