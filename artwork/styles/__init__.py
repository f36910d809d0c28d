"""Styles: what is done to the picture, and the type, colours and ground that the poem is set with on it."""

from collections.abc import Mapping
from typing import Any

from artwork import options
from artwork.styles.style import Look, Style
from artwork.styles.treatments import DRAWINGS

__all__ = ["DRAWINGS", "Look", "Style", "look"]


def look(name: str, given: Mapping[str, Any], language: str = "en") -> Look:
    """A style with its options, ready to be used."""
    if name not in DRAWINGS:
        raise options.InvalidOption(f"There is no style {name!r}; those that there are: {', '.join(DRAWINGS)}.")
    return DRAWINGS[name].look(given, language)
