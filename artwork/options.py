"""Options of frames and styles: what may be set, within which bounds, and what holds otherwise."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class InvalidOption(ValueError):
    """An option that a drawing does not have, or a value that it cannot take; the text says so in a sentence."""


@dataclass(frozen=True)
class Colour:
    """A colour as #rrggbb."""

    default: str

    def check(self, name: str, value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            raise InvalidOption(f"{name} is a colour such as #b08d3e, not {value!r}.")
        return value.lower()


@dataclass(frozen=True)
class Number:
    """A number between two bounds."""

    default: float
    least: float
    most: float

    def check(self, name: str, value: Any) -> float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not self.least <= value <= self.most:
            raise InvalidOption(f"{name} is a number from {self.least:g} to {self.most:g}, not {value!r}.")
        return float(value)


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    default: str
    words: tuple[str, ...]

    def check(self, name: str, value: Any) -> str:
        if value not in self.words:
            raise InvalidOption(f"{name} is one of {', '.join(self.words)}, not {value!r}.")
        return value


Schema = Mapping[str, Colour | Number | Choice]


def settle(schema: Schema, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every option of a schema: what was given, checked, or its default."""
    if unknown := sorted(set(given) - set(schema)):
        known = ", ".join(schema) or "none"
        raise InvalidOption(f"There is no option {unknown[0]!r} here; those that there are: {known}.")
    return {name: option.check(name, given.get(name, option.default)) for name, option in schema.items()}


def rgb(colour: str) -> tuple[int, int, int]:
    """#rrggbb as three numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
