"""Texts that came with a request, as they may be kept: without what stands for somebody, and printable.

Whoever sends them chooses them: who notes them bounds them (recording.py), of parameters `word` looks at the beginning
alone, and nothing here takes more than linear time.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from urllib.parse import unquote

from sitestats import routes

LONGEST = 400  # of a parameter that is looked at, in characters
_UNSEEN = {"Cc", "Cf", "Zl", "Zp"}  # controls, what turns the direction of a line, ends of lines
_CONVERTER = re.compile(r"<[^>]+>|\(\?P<[^>]+>[^)]*\)")
_ODD = re.compile(r"[^\w.+ -]+")
_DIGITS = re.compile(r"\d{4}")
_RUN = re.compile(r"\d{6,}|(?:[0-9A-Fa-f]+-){2,}[0-9A-Fa-f]+|[0-9A-Za-z_.~-]{16,}")
_NUMBER = re.compile(r"\d(?:[ ._+-]{0,4}\d){8,}")  # of a card, a telephone, however it is written
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")
_BETWEEN = re.compile(r"[_.~-]")
_WRITTEN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[^A-Za-z]+")  # what words are made of: many letters each
_LONG = re.compile(r"[0-9A-Za-z_-]{16,}")
_OF_AGENT = re.compile(r"[^\s;,()<>\[\]\"']+")
_BYTE = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_V6 = r"(?<![\w:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:(?:\.\d{1,3}){3})?(?![\w:])"
_LINK = (  # of Ethernet, as three ways of writing it have it
    r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}[-:._]){5}[0-9A-Fa-f]{2}(?![0-9A-Za-z])"
    r"|(?<![\w./])[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}(?![\w.])"
)
# Of a network, wherever no version stands
_ADDRESS = re.compile(rf"(?<!\d)\d{{1,3}}(?:[._-]\d{{1,3}}){{3}}(?!\d)|{_LINK}|{_V6}")
# Of a device or a network: drawn keys, numbers of nine digits and more, addresses; no version or build, which has dots
_OF_DEVICE = re.compile(
    r"(?<![0-9A-Za-z])(?:(?:[0-9A-Fa-f]{4,}-){3,}[0-9A-Fa-f]+|[0-9A-Fa-f]{16,})(?![0-9A-Za-z])"
    r"|(?<![\d.])\d(?:[ )-]{0,2}\d){8,}|\d{12,}|\b(?:[rs]k_(?:live|test)|whsec)_\w+"
    rf"|{_LINK}|{_V6}|(?<!\d)(?<!\d-){_BYTE}(?:-{_BYTE}){{3}}(?!-?\d)"
    rf"|(?:(?<=//)|(?<!rv:)(?<![0-9A-Za-z./])){_BYTE}(?:\.{_BYTE}){{3}}(?![0-9A-Za-z]|\.\d)"
)
NOBODY = "address@nowhere.invalid"
KEY = 16  # characters: so long is what is drawn at random
# Before a country, where names below them are people's own
SECOND = {"ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"}
LONGEST_PATH = 120
ROUNDS = 9  # what a rule leaves may be what it takes away; after so many it is left


def plain(text: str) -> str:
    """As PostgreSQL can hold it, and nothing in it that is not seen."""
    if text.isascii() and text.isprintable():
        return text
    if not text.isprintable():
        text = "".join(each for each in text if unicodedata.category(each) not in _UNSEEN)
    return text.encode(errors="replace").decode()


def nameless(path: str, longest=200) -> str:
    """The path of an address elsewhere without what stands for somebody or something."""
    return _whole("/".join(_part(part, _decoded(part)) for part in _parts(path)), longest)


def host(text: str, longest: int = 100) -> str:
    """The name of a site without the names below it that are numbers or drawn, as networks of ads and providers do."""
    labels = text.split(".")
    own = 3 if len(labels[-1]) == 2 and labels[-2:-1] and labels[-2] in SECOND else 2
    kept = [label for label in labels[:-own] if label != "www" and not _is_no_name(label)] + labels[-own:]
    while len(kept) > 1 and len(".".join(kept)) > longest:
        kept = kept[1:]
    return ".".join(kept)[:longest]


def _is_no_name(label: str) -> bool:
    return _names(label) or (len(label) >= KEY // 2 and 4 * _changes(label) >= len(label))


def word(text: str, longest: int = 100) -> str:
    """What came in a parameter, fit to be kept and shown; no address of mail or a network, no number, no key."""
    return _settled(_word, text[:LONGEST], longest) if text else ""


def small(text: str) -> str:
    """A word in small letters; the capital I with a dot, which becomes two signs, is an i."""
    return word(text.lower().replace("\u0307", ""))


def agent(text: str, longest: int = 512) -> str:
    """A user agent; where a mail address stood, one of nobody, by which rules find the same in it; 0 for a number."""
    return _settled(_agent, text, longest)


def _settled(rule: Callable[[str], str], text: str, longest: int) -> str:
    """By the rule, until it changes nothing: what it leaves, or its beginning, may be what it takes away."""
    for _ in range(ROUNDS):
        before, text = text, rule(text)[:longest]
        if text == before:
            break
    return text


def _word(text: str) -> str:
    kept = plain(" ".join(each for each in text.split() if "@" not in _decoded(plain(each))))
    kept = _RUN.sub(_unless_a_key, _ADDRESS.sub(" ", kept))
    return " ".join(_NUMBER.sub(" ", _ODD.sub(" ", kept)).split())


def _agent(text: str) -> str:
    kept = _OF_AGENT.sub(lambda each: NOBODY if "@" in _decoded(each[0]) else each[0], plain(text))
    return _LONG.sub(lambda each: "0" if _is_token(each[0]) else each[0], _OF_DEVICE.sub("0", kept))


@lru_cache(maxsize=4096)
def shape(route: str | None, path: str) -> tuple[str, bool]:
    """The path without what stands for somebody or something, and whether it is one of ours.

    What has no route and reads as a page of ours only once it is cleaned has a mark more: it is none.
    """
    if route is not None:
        return _of_route(route), True
    text = path if len(path) <= LONGEST_PATH and _ordinary().fullmatch(path) else without_names(path, LONGEST_PATH)
    is_cleaned = text != path or "…" in path
    return (f"{text}…" if is_cleaned and text in _ours() else text), False


def without_names(path: str, longest=200) -> str:
    """A path that came with a request, without what stands for somebody; a page of ours as it is."""
    if path.removesuffix("…") in _ours():
        return path
    kept, is_key = [], False
    for part in _parts(path):
        text = _decoded(part)
        kept.append("…" if part and is_key else _part(part, text))
        is_key = bool(_before_key().fullmatch(text)) if part else is_key
    return _whole("/".join(kept), longest)


def _of_route(route: str) -> str:
    return ("/" + _CONVERTER.sub("…", route).replace("^", "").strip("$").replace("\\", ""))[:LONGEST_PATH]


@cache
def _ours() -> frozenset[str]:
    return frozenset(map(_of_route, routes.every()))


@cache
def _before_key() -> re.Pattern:
    return re.compile(rf"\W*(?:{routes.before_keys()})\W*", re.IGNORECASE)


@cache
def _ordinary() -> re.Pattern:
    """A path that is kept as it came: no part is long, a number or an address, or follows what a key follows."""
    number = r"\d+(?:/|$)|[^/]*(?:\d{4}|\d(?:[._-]\d{1,3}){2}[._-]\d)|[~-]?[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}"
    key = rf"[.~-]*(?i:{routes.before_keys()})[.~-]*/"
    return re.compile(rf"(?:/(?!{key}|{number})[\w.~-]{{0,{KEY - 1}}})+", re.ASCII)


def _parts(path: str) -> list[str]:
    return [part.partition(";")[0] for part in plain(path).split("/")]


def _part(part: str, text: str) -> str:
    """A part of a path, which reads as `text`, as it is kept."""
    return "…" if part and _names(text) else part


def _whole(path: str, longest: int) -> str:
    """So much of it, in whole parts: the beginning of one may read as something else."""
    return path if len(path) <= longest else path[:longest].rpartition("/")[0]


def _names(text: str) -> bool:
    """Whether a part of a path stands for one thing among many."""
    return (
        len(text) > 40
        or not {*"@;/\\"}.isdisjoint(text)
        or text.isdecimal()
        or any(each.search(text) for each in (_DIGITS, _ADDRESS))
        or _is_key(text)
    )


def _is_key(text: str) -> bool:
    """Whether it looks drawn, not written: hexadecimal, or digits and letters of both cases in one."""
    bare = text.replace("-", "")
    if len(bare) >= KEY and all(each in "0123456789abcdefABCDEF" for each in bare):
        return True
    mixed = text != text.lower() and text != text.upper()
    numbered = any(each.isdecimal() for each in text)
    return len(text) >= KEY and (mixed or numbered or _is_in_groups(text.split("-")))


def _changes(text: str) -> int:
    """How often the kind of letter does, within parts of a text: with every fourth or more, they were drawn."""
    return sum(len(_WRITTEN.findall(part)) - 1 for part in _BETWEEN.split(text) if part)


def _is_token(text: str) -> bool:
    """Whether it is drawn, of digits and letters; names of products have changes as well."""
    drawn = 4 * _changes(text) > len(text) or _is_in_groups(text.split("-"))
    return drawn and any(map(str.isdecimal, text))


def _is_in_groups(parts: list[str]) -> bool:
    """Like ABCD-EFGH-JKMN-PQRS: of capitals, all of one length."""
    return len(parts) > 2 and len(parts[0]) > 3 and len({*map(len, parts)}) == 1 and all(map(str.isupper, parts))


def _unless_a_key(found: re.Match) -> str:
    text, parts = found[0], [part for part in _BETWEEN.split(found[0]) if part]
    bare, changes = "".join(parts), _changes(text)
    in_each = len(parts) > 2 and changes >= len(parts)
    drawn = len(text) >= KEY and (4 * changes >= len(bare) or in_each or _is_in_groups(parts))
    hexadecimal = len(bare) >= KEY and _HEXADECIMAL.fullmatch(bare)
    return " " if text.isdecimal() or drawn or hexadecimal or any(map(_is_key, parts)) else text


def _decoded(text: str) -> str:
    """As it is read: percent signs undone, however often they were, and wide letters made plain."""
    for _ in range(3):
        if "%" not in text:
            break
        text = unquote(text)
    return unicodedata.normalize("NFKC", "@" if "%40" in text else text)
