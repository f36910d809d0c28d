"""Texts that came with a request, as they may be kept: without what stands for somebody, and printable.

Whoever sends them chooses them: who notes them bounds them (recording.py), of parameters `word` looks at the beginning
alone, and nothing here takes more than linear time.
"""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

from poemvision import logs

LONGEST = 400  # of a parameter that is looked at, in characters
_UNSEEN = {"Cc", "Cf", "Zl", "Zp"}  # controls, what turns the direction of a line, ends of lines
_PART = re.compile(r"<[^>]+>|\(\?P<[^>]+>[^)]*\)")
_ODD = re.compile(r"[^\w.+ -]+")
_DIGITS = re.compile(r"\d{4}")
_RUN = re.compile(r"\d{6,}|(?:[0-9A-Fa-f]+-){2,}[0-9A-Fa-f]+|[0-9A-Za-z_.~-]{16,}")
_NUMBER = re.compile(r"\d(?:[ ._+-]{0,4}\d){8,}")  # of a card, a telephone, however it is written
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")
_WRITTEN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[^A-Za-z]+")  # what words are made of: many letters each
_OF_AGENT = re.compile(r"[^\s;,()<>\[\]\"']+")
_BYTE = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
# Of a device or a network: drawn keys, numbers of nine digits and more, addresses; no version or build, which has dots
_OF_DEVICE = re.compile(
    r"(?<![0-9A-Za-z])(?:(?:[0-9A-Fa-f]{4,}-){3,}[0-9A-Fa-f]+|[0-9A-Fa-f]{16,})(?![0-9A-Za-z])"
    r"|(?<![\d.])\d(?:[ )-]{0,2}\d){8,}|\d{12,}"
    r"|(?<![\w:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])"
    rf"|(?:(?<=//)|(?<!rv:)(?<![\w./])){_BYTE}(?:\.{_BYTE}){{3}}(?![\w.])"
)
NOBODY = "address@nowhere.invalid"
KEY = 16  # characters: so long is what is drawn at random
# A path that is kept as it came: of parts that are too short for a key and no number, and none that a key follows
_ORDINARY = re.compile(rf"(?:/(?!(?i:{logs.KEYS_AFTER})/|\d+(?:/|$)|[^/]*\d{{4}})[\w.~-]{{0,{KEY - 1}}})+", re.ASCII)


def plain(text: str) -> str:
    """As PostgreSQL can hold it, and nothing in it that is not seen."""
    if text.isascii() and text.isprintable():
        return text
    if not text.isprintable():
        text = "".join(each for each in text if unicodedata.category(each) not in _UNSEEN)
    return text.encode(errors="replace").decode()


def nameless(path: str) -> str:
    """The path of an address without what stands for somebody or something."""
    parts = (part.partition(";")[0] for part in path.split("/"))
    return "/".join("…" if part and _names(_decoded(part)) else part for part in parts)


def word(text: str, longest: int = 100) -> str:
    """What came in a parameter, fit to be kept and shown; no mail address, no number, no key."""
    if not text:
        return ""
    kept = plain(" ".join(each for each in text[:LONGEST].split() if "@" not in _decoded(plain(each))))
    return " ".join(_NUMBER.sub(" ", _ODD.sub(" ", _RUN.sub(_unless_a_key, kept))).split())[:longest].strip()


def agent(text: str) -> str:
    """A user agent; where a mail address stood, one of nobody, by which rules find the same in it; 0 for a number."""
    return _OF_DEVICE.sub("0", _OF_AGENT.sub(lambda each: NOBODY if "@" in _decoded(each[0]) else each[0], plain(text)))


@lru_cache(maxsize=4096)
def shape(route: str | None, path: str) -> tuple[str, bool]:
    """The path without what stands for somebody or something, and whether it is one of ours."""
    if route is not None:
        return ("/" + _PART.sub("…", route).strip("^$").replace("\\", ""))[:120], True
    return (path if _ORDINARY.fullmatch(path) else without_names(path))[:120], False


def without_names(path: str) -> str:
    """A path that came with a request, without what stands for somebody."""
    return nameless(logs.without_keys(plain(path)))


def _names(text: str) -> bool:
    """Whether a part of a path stands for one thing among many."""
    return (
        len(text) > 40 or "@" in text or ";" in text or text.isdecimal() or bool(_DIGITS.search(text)) or _is_key(text)
    )


def _is_key(text: str) -> bool:
    """Whether it looks drawn, not written: hexadecimal, or digits and letters of both cases in one."""
    bare = text.replace("-", "")
    if len(bare) >= KEY and all(each in "0123456789abcdefABCDEF" for each in bare):
        return True
    mixed = text != text.lower() and text != text.upper()
    return len(text) >= KEY and (mixed or any(each.isdecimal() for each in text))


def _unless_a_key(found: re.Match) -> str:
    parts = re.split(r"[_.~-]", found[0])
    bare = "".join(parts)
    changes = sum(len(_WRITTEN.findall(part)) - 1 for part in parts if part)  # of the kind of letter, within parts
    drawn = len(bare) >= KEY and (4 * changes >= len(bare) or _HEXADECIMAL.fullmatch(bare))
    return " " if found[0].isdecimal() or drawn or any(map(_is_key, parts)) else found[0]


def _decoded(text: str) -> str:
    """As it is read: percent signs undone, however often they were, and wide letters made plain."""
    for _ in range(3):
        if "%" not in text:
            break
        text = unquote(text)
    return unicodedata.normalize("NFKC", "@" if "%40" in text else text)
