"""The drawings of frames and styles that our own code has: their names, their options, and samples of them."""

import json
from functools import lru_cache
from io import BytesIO
from threading import Lock
from typing import Any

from PIL import Image, ImageDraw, ImageOps

from artwork import frames, scenes, styles, texture, typeset
from artwork.options import InvalidOption, Schema, settle

__all__ = ["InvalidOption", "check", "sample", "schema", "titles"]
SIZE = (240, 300)
LETTERS = "Aa"
_DRAWINGS: dict[str, Any] = {"frames": frames.DRAWINGS, "styles": styles.DRAWINGS}
_LOCKS = {kind: {name: Lock() for name in known} for kind, known in _DRAWINGS.items()}


def titles(kind: str) -> dict[str, str]:
    """Name → title of every drawing of a kind."""
    return {name: drawing.title for name, drawing in _DRAWINGS[kind].items()}


def schema(kind: str, drawing: str) -> Schema:
    """What may be set of a drawing; nothing for one that is gone."""
    found = _DRAWINGS[kind].get(drawing)
    return found.options if found else {}


def check(kind: str, drawing: str, options: dict) -> dict:
    """All options of a drawing, judged each and together; raises InvalidOption with a sentence."""
    return styles.look(drawing, options).settings if kind == "styles" else settle(schema(kind, drawing), options)


def sample(kind: str, drawing: str, options: dict) -> bytes:
    """A JPEG of what it looks like; raises InvalidOption. Whoever asks for one that is being drawn waits for it."""
    if drawing not in _LOCKS[kind]:
        raise InvalidOption(f"There is no drawing {drawing!r} any more.")
    with _LOCKS[kind][drawing]:
        return _sample(kind, drawing, json.dumps(options, sort_keys=True))


@lru_cache(maxsize=128)
def _sample(kind: str, drawing: str, options: str) -> bytes:
    given, out = json.loads(options), BytesIO()
    image = _with_type(drawing, given) if kind == "styles" else frames.sample(drawing, given, SIZE)
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def _with_type(drawing: str, options: dict) -> Image.Image:
    """A small landscape in a style, with two letters on its ground."""
    look = styles.look(drawing, options)
    pixels = look.treat(texture.array(ImageOps.fit(scenes.landscape(), SIZE)))
    image, (width, height) = texture.image(pixels), SIZE
    size = height * 0.22
    long = typeset.width(LETTERS, look.title, size)
    left, base = (width - long) / 2, height * 0.56
    box = (left, base - size * 0.75, left + long, base + size * 0.1)
    ground = look.backing(SIZE, box, look.strength(pixels), width / 864 * 1.6)
    image.paste(ground, (0, 0), ground)
    mask = Image.new("L", SIZE)
    typeset.write(ImageDraw.Draw(mask), (left, base), LETTERS, look.title, size)
    image.paste(look.ink, (0, 0), mask)
    return image
