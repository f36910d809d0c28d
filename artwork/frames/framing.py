"""What every frame drawing gives back, and the relief that mouldings are carved from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from artwork import texture
from artwork.options import Schema
from artwork.texture import Array, Size

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Framing:
    """A frame with transparency, the box of the picture behind it, and the room inside it where type may stand."""

    overlay: Image.Image
    window: Box
    room: Box

    def around(self, picture: Image.Image) -> Image.Image:
        """A picture in this frame."""
        left, top, right, bottom = self.window
        framed = Image.new("RGB", self.overlay.size)
        framed.paste(ImageOps.fit(picture.convert("RGB"), (right - left, bottom - top)), (left, top))
        framed.paste(self.overlay, (0, 0), self.overlay)
        return framed

    def enlarged(self, size: Size) -> "Framing":
        """The same frame in another size of the same proportions."""
        x, y = size[0] / self.overlay.width, size[1] / self.overlay.height
        boxes = [tuple(round(side * (x, y)[at % 2]) for at, side in enumerate(box)) for box in (self.window, self.room)]
        return Framing(self.overlay.resize(size, Image.Resampling.BICUBIC), *boxes)


@dataclass(frozen=True)
class Drawing:
    """One frame design of the house."""

    title: str
    options: Schema
    draw: Callable[[Size, dict[str, Any]], Framing]


def unit(size: Size) -> float:
    """What a pixel of a clip (864 wide) is in this size."""
    return min(size) / 864


def inset(size: Size, left: float, top: float, right: float | None = None, bottom: float | None = None) -> Box:
    """A box inside the canvas; its sides are even, since clips need that."""
    right, bottom = left if right is None else right, top if bottom is None else bottom
    even = [round(value / 2) * 2 for value in (left, top, right, bottom)]
    return even[0], even[1], size[0] - size[0] % 2 - even[2], size[1] - size[1] % 2 - even[3]


def shrink(box: Box, by: float, sides: float | None = None) -> Box:
    """A smaller box inside a box."""
    across = round(by if sides is None else sides)
    return box[0] + across, box[1] + round(by), box[2] - across, box[3] - round(by)


def hole(size: Size, window: Box, radius: float = 0, factor: int = 2) -> Image.Image:
    """White where the picture shows."""
    mask = Image.new("L", (size[0] * factor, size[1] * factor))
    box = [window[0] * factor, window[1] * factor, window[2] * factor - 1, window[3] * factor - 1]
    ImageDraw.Draw(mask).rounded_rectangle(box, radius * factor, fill=255)
    return mask.reduce(factor)


def finish(pixels: Array, mask: Image.Image, window: Box, room: Box, shadow: float = 9, dark: float = 0.62) -> Framing:
    """The frame's pixels around a hole, into which its edge throws a soft shadow from the upper left."""
    u = unit(mask.size)
    inside = texture.inner_shadow(mask, shadow * u, (shadow * 0.5 * u, shadow * 0.8 * u), dark)
    alpha = Image.fromarray(np.maximum(255 - np.asarray(mask), np.asarray(inside)))
    solid = texture.image(pixels * (1 - texture.array(mask))[..., None])
    solid.putalpha(alpha)
    return Framing(solid, window, room)


def depth(size: Size) -> tuple[Array, Array]:
    """How far every pixel is from the nearest outer edge, and where along that edge it is, both in clip pixels."""
    x, y = (np.arange(side, dtype=np.float32) for side in size)
    across, down = np.minimum(x, x[::-1])[None, :], np.minimum(y, y[::-1])[:, None]
    along = np.where(across < down, np.abs(y - size[1] / 2)[:, None], np.abs(x - size[0] / 2)[None, :])
    return np.minimum(across, down) / unit(size), along / unit(size)


def bump(value: Array, centre: float, width: float, height: float = 1.0) -> Array:
    """A half-round moulding: a bead, a rib."""
    t = np.clip(1 - ((value - centre) / (width / 2)) ** 2, 0, None)
    return height * np.sqrt(t)


def shine(height: Array, u: float, gloss: float = 24) -> tuple[Array, Array]:
    """Light from the upper left on a relief (in clip pixels): its body light, and its highlights."""
    dy, dx = np.gradient(height * u)
    length = np.sqrt(dx * dx + dy * dy + 1)
    light = (0.5 * dx + 0.62 * dy + 0.6) / length  # the light comes from (−0.5, −0.62, 0.6)
    half = (0.28 * dx + 0.35 * dy + 0.894) / length
    return np.clip(light, 0, 1), np.clip(half, 0, 1) ** gloss
