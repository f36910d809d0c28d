"""Pictures made by our own code: a theme, a palette and a seed give the same picture every time."""

from functools import cache
from threading import Lock

from PIL import Image

from artwork.scenes import lands, ornaments, places
from artwork.scenes.canvas import Canvas
from artwork.scenes.palettes import PALETTES

__all__ = ["PALETTES", "THEMES", "landscape", "paint"]
_ONE = Lock()

THEMES = {
    "nature": lands.nature,
    "city": places.city,
    "love": ornaments.love,
    "family": places.family,
    "seasons": lands.seasons,
    "night": lands.night,
    "sea": places.sea,
    "abstract": ornaments.abstract,
}


def paint(seed: int, theme: str, palette: str, size: tuple[int, int] = (1600, 2000)) -> Image.Image:
    """One picture."""
    canvas = Canvas(size, PALETTES[palette], seed)
    THEMES[theme](canvas)
    return canvas.finish()


def landscape() -> Image.Image:
    """A small one, on which frames and styles are shown: painted once, also when many ask at the same moment."""
    with _ONE:
        return _landscape()


@cache
def _landscape() -> Image.Image:
    return paint(11, "nature", "dawn", (480, 600))
