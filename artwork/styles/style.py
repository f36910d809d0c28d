"""What a style is made of, and the ground that keeps type readable on any picture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from artwork import texture
from artwork.fonts import Face
from artwork.options import Choice, Colour, InvalidOption, Schema, settle
from artwork.scenes.things import petal
from artwork.texture import Array, Size

PAD = 40  # from the type to the edge of a panel, in clip pixels
CONTRAST = 4.5  # WCAG AA for type of any size; held at each place of the ground
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Look:
    """A style with its options settled."""

    settings: dict[str, Any]
    treat: Callable[[Array], Array]
    face: Face
    title: Face
    ground: str
    least: float

    @property
    def ink(self) -> str:
        return self.settings["ink"]

    @property
    def pad(self) -> float:
        """Room between the type and the edge of its ground, in clip pixels."""
        return 16.0 if self.ground == "cloud" else PAD + 6.0

    @property
    def centred(self) -> bool:
        return self.settings["align"] == "centre"

    @cached_property
    def paper(self) -> Array:
        return texture.colour(self.settings["ground"])

    def strength(self, picture: Array) -> float:
        """How opaque the ground must be, so that the ink stands out from the lightest and the darkest place."""
        ink = float(texture.luminance(texture.colour(self.ink)))
        for strength in np.arange(self.least, 1.0, 0.02):
            under = texture.luminance(texture.mix(picture, self.paper, float(strength)))
            if min(contrast(ink, float(under.min())), contrast(ink, float(under.max()))) >= CONTRAST:
                return float(strength)
        return 1.0

    def backing(self, size: Size, box: Box, strength: float, u: float) -> Image.Image:
        """The ground behind the type as a layer; inside the box it is as opaque as `strength` everywhere."""
        mask, colour = GROUNDS[self.ground](size, box, u)
        layer = texture.image(np.broadcast_to(self.paper, (size[1], size[0], 3)))
        if self.ground != "cloud":
            layer = texture.image(texture.paper(size, 91, self.settings["ground"], 0.5))
        layer.putalpha(mask.point(lambda value: round(value * strength)))
        if colour is not None:
            layer.paste(self.settings["accent"], (0, 0), colour)
        return layer


@dataclass(frozen=True)
class Style:
    """One style of the house."""

    title: str
    treat: Callable[[Array, dict[str, Any]], Array]
    ink: str
    ground_colour: str
    accent: str
    ground: str = "cloud"
    least: float = 0.4
    families: tuple[str, str] = ("eb", "cormorant")
    weights: tuple[str, str] = ("medium", "semibold")
    align: str = "left"
    own: Schema = field(default_factory=dict)

    @property
    def options(self) -> Schema:
        common = {"ink": Colour(self.ink), "ground": Colour(self.ground_colour), "accent": Colour(self.accent)}
        return common | {"align": Choice(self.align, ("left", "centre"))} | dict(self.own)

    def look(self, given: Mapping[str, Any], language: str) -> Look:
        settings = settle(self.options, given)
        ink, ground = (float(texture.luminance(texture.colour(settings[name]))) for name in ("ink", "ground"))
        if contrast(ink, ground) < CONTRAST + 0.5:
            raise InvalidOption(f"ink {settings['ink']} on ground {settings['ground']} is hard to read.")
        faces = [
            Face(family, weight, False, language) for family, weight in zip(self.families, self.weights, strict=True)
        ]
        return Look(settings, partial(_treated, self.treat, settings), *faces, self.ground, self.least)


def _treated(treat: Callable[[Array, dict[str, Any]], Array], settings: dict[str, Any], pixels: Array) -> Array:
    return np.clip(treat(pixels, settings), 0, 1).astype(np.float32)


def contrast(a: float, b: float) -> float:
    """The contrast of two luminances as WCAG has it, from 1 to 21."""
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)


def cloud(size: Size, box: Box, u: float) -> tuple[Image.Image, None]:
    """Dusk over the whole picture, deepest around the type, without an edge."""
    soft = 84 * u
    mask = Image.new("L", size)
    grown = (box[0] - soft, box[1] - soft, box[2] + soft, box[3] + soft)
    ImageDraw.Draw(mask).rounded_rectangle(grown, soft, fill=255)
    return texture.blur(mask, soft * 0.52).point(lambda value: 88 + value * 167 / 255), None


def panel(size: Size, box: Box, u: float, rules: tuple[float, ...] = (9,)) -> tuple[Image.Image, Image.Image]:
    """A sheet with fine lines around."""
    pad = PAD * u
    edge = [box[0] - pad, box[1] - pad, box[2] + pad, box[3] + pad]
    factor = 4
    mask, lines = (Image.new("L", (size[0], size[1])) for _ in range(2))
    ImageDraw.Draw(mask).rectangle([round(value) for value in edge], fill=255)
    for rule in rules:
        inner = [(edge[0] + rule * u), (edge[1] + rule * u), (edge[2] - rule * u), (edge[3] - rule * u)]
        large = Image.new("L", (size[0] * factor, size[1] * factor))
        ImageDraw.Draw(large).rectangle(
            [value * factor for value in inner], outline=170, width=max(2, round(1.1 * u * factor))
        )
        lines.paste(255, (0, 0), large.reduce(factor))
    return mask, lines


def label(size: Size, box: Box, u: float) -> tuple[Image.Image, Image.Image]:
    """A panel with two lines, and a sprig lying across them above and below."""
    mask, lines = panel(size, box, u, (9, 14))
    factor, middle = 3, (box[0] + box[2]) / 2
    for y in (box[1] - (PAD - 11.5) * u, box[3] + (PAD - 11.5) * u):
        sprig = Image.new("L", (round(132 * u) * factor, round(30 * u) * factor))
        _sprig(ImageDraw.Draw(sprig), sprig.width / 2, sprig.height / 2, u * factor)
        sprig = sprig.reduce(factor)
        lines.paste(sprig, (round(middle - sprig.width / 2), round(y - sprig.height / 2)))
    return mask, lines


def _sprig(draw: ImageDraw.ImageDraw, x: float, y: float, f: float) -> None:
    """A twig that grows to both sides from a bud, leaves in pairs, smaller towards its ends."""
    for side in (-1, 1):
        draw.line((x, y, x + side * 54 * f, y), fill=220, width=max(1, round(1.2 * f)))
        for at in range(4):
            start, length = x + side * (9 + at * 12) * f, (15 - 2 * at) * f
            for up in (-0.72, 0.72):
                angle = up if side > 0 else np.pi - up
                draw.polygon(petal(start, y, length, length * 0.5, angle), fill=255)
        draw.polygon(petal(x + side * 46 * f, y, 13 * f, 6 * f, 0 if side > 0 else np.pi), fill=255)
    draw.ellipse((x - 3.6 * f, y - 3.6 * f, x + 3.6 * f, y + 3.6 * f), fill=255)


def wash(size: Size, box: Box, u: float) -> tuple[Image.Image, None]:
    """Bare paper that the colour ran around: edges wander as a brush does."""
    pad = 46 * u
    x, y = np.arange(size[0], dtype=np.float32)[None, :], np.arange(size[1], dtype=np.float32)[:, None]
    dx = np.maximum(np.maximum(box[0] - x, x - box[2]), 0)
    dy = np.maximum(np.maximum(box[1] - y, y - box[3]), 0)
    wander = texture.noise(size, (size[0] / u / 110, size[1] / u / 110), 92, 4) - 0.5
    inside = 1 - np.sqrt(dx * dx + dy * dy) / pad + np.where(dx + dy > 0, wander * 1.1, 1)
    return Image.fromarray((texture.smooth(0.28, 0.46, inside) * 255).astype(np.uint8)), None


GROUNDS: dict[str, Callable[..., tuple[Image.Image, Image.Image | None]]] = {
    "cloud": cloud,
    "panel": panel,
    "label": label,
    "wash": wash,
}
