"""Frames around the picture. Each is drawn by a function of a size and its options, at any size."""

from collections.abc import Mapping
from typing import Any

from PIL import Image

from artwork import options, scenes
from artwork.frames import drawn, mouldings, papers
from artwork.frames.framing import Drawing, Framing

__all__ = ["DRAWINGS", "Drawing", "Framing", "draw", "sample"]

DRAWINGS: dict[str, Drawing] = mouldings.DRAWINGS | papers.DRAWINGS | drawn.DRAWINGS


def draw(name: str, given: Mapping[str, Any], size: tuple[int, int]) -> Framing:
    """A frame as a picture with a hole, and where the hole is."""
    if name not in DRAWINGS:
        raise options.InvalidOption(f"There is no frame drawing {name!r}; those that there are: {', '.join(DRAWINGS)}.")
    drawing = DRAWINGS[name]
    return drawing.draw(size, options.settle(drawing.options, given))


def sample(name: str, given: Mapping[str, Any], size: tuple[int, int]) -> Image.Image:
    """A frame around a small landscape, for choosing."""
    return draw(name, given, size).around(scenes.landscape())
