"""What each style does to a picture."""

from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from artwork import texture
from artwork.options import Colour, Number
from artwork.styles.style import Style
from artwork.texture import Array, Size


def _size(pixels: Array) -> Size:
    return pixels.shape[1], pixels.shape[0]


def _fade(pixels: Array, centre: tuple[float, float], near: float, far: float) -> Array:
    """1 around a centre, 0 in the corners."""
    x, y = texture.grid(_size(pixels))
    return texture.smooth(far, near, np.sqrt((x - centre[0]) ** 2 + (y - centre[1]) ** 2))


def candle(pixels: Array, settings: dict[str, Any]) -> Array:
    """Seen by a candle: warm where its light falls, brown shadows, a faint glow."""
    tone = texture.grey(pixels)
    warm = texture.gradient(tone, [(0, "#0c0503"), (0.35, "#54240c"), (0.68, "#c97b2c"), (1, "#ffe2a0")])
    faded = texture.mix(tone[..., None], pixels, 0.5)  # blue turned amber would come out green
    mixed = texture.mix(faded * texture.colour("#ffcf94"), warm, settings["warmth"])
    light = _fade(pixels, (0.5, 0.56), 0.1, 0.86)
    glow = texture.array(texture.blur(texture.image(np.clip(mixed, 0, 1)), pixels.shape[1] / 40))
    lit = mixed * (0.36 + 0.58 * light)[..., None] + glow * (0.1 * light)[..., None]
    return lit + (0.02 * texture.grain(_size(pixels)))[..., None]


def watercolour(pixels: Array, settings: dict[str, Any]) -> Array:
    """Washes of colour that ran into one another and dried with dark edges, on rough paper."""
    size = _size(pixels)
    small = (max(8, round(size[0] / 2.4)), max(8, round(size[1] / 2.4)))
    picture = texture.image(pixels).resize(small, Image.Resampling.BOX)
    for _ in range(3):
        picture = picture.filter(ImageFilter.MedianFilter(5))
    flat = texture.array(picture.resize(size, Image.Resampling.BICUBIC))
    run = np.stack([texture.noise(size, (size[0] / 26, size[1] / 26), seed, 3) - 0.5 for seed in (81, 82)])
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    bleed = size[0] / 80
    flat = flat[
        np.clip(y + run[0] * bleed, 0, size[1] - 1).astype(int), np.clip(x + run[1] * bleed, 0, size[0] - 1).astype(int)
    ]
    steps = np.round(texture.grey(flat) * 7) / 7
    edge = np.abs(texture.array(texture.blur(Image.fromarray((steps * 255).astype(np.uint8)), size[0] / 300)) - steps)
    pale = 1 - (1 - flat) * settings["pigment"]
    pools = texture.noise(size, (5, 6), 83, 5) - 0.5
    paint = pale * (1 + 0.16 * pools - 1.1 * edge)[..., None]
    tooth = texture.paper(size, 84, settings["ground"], 2.2)
    x, y = texture.grid(size)
    rim = np.minimum(np.minimum(x, 1 - x), np.minimum(y, 1 - y)) + (texture.noise(size, (7, 8), 85, 4) - 0.5) * 0.09
    return texture.mix(tooth, tooth * np.clip(paint, 0, 1) * 1.04, texture.smooth(0.02, 0.06, rim))


def noir(pixels: Array, settings: dict[str, Any]) -> Array:
    """Black and white with deep shadows, a hard light, the grain of fast film."""
    tone = texture.grey(pixels)
    low, high = np.quantile(tone[::8, ::8], (0.02, 0.985))
    tone = np.clip((tone - low) / max(0.05, high - low), 0, 1)
    curve = tone**1.25 * (1 - settings["contrast"]) + texture.smooth(0.06, 0.94, tone) * settings["contrast"]
    curve = curve * (0.34 + 0.72 * _fade(pixels, (0.5, 0.42), 0.16, 0.84))
    grain = (
        texture.array(texture.image(texture.grain(_size(pixels), 5) * 0.16 + 0.5).filter(ImageFilter.GaussianBlur(0.6)))
        - 0.5
    )
    return texture.gradient(np.clip(curve + grain * 0.55, 0, 1), [(0, "#060607"), (0.5, "#77746f"), (1, "#f6f2ea")])


def _dots(tone: Array, pitch: float, angle: float) -> Array:
    """A halftone screen: where the dots of a tone print."""
    y, x = np.mgrid[0 : tone.shape[0], 0 : tone.shape[1]].astype(np.float32)
    c, s = np.cos(angle) * np.pi / pitch, np.sin(angle) * np.pi / pitch
    screen = (np.cos(x * c + y * s) * np.cos(-x * s + y * c) + 1) / 2
    return texture.smooth(-0.16, 0.16, tone - screen)


def risograph(pixels: Array, settings: dict[str, Any]) -> Array:
    """Two inks on uncoated paper: a coarse screen each, a little out of register."""
    size = _size(pixels)
    tone = texture.grey(pixels)
    low, high = np.quantile(tone[::8, ::8], (0.03, 0.9))
    tone = np.clip((tone - low) / max(0.05, high - low), 0, 1)
    pitch = max(3.0, size[0] / 190)
    warm = np.clip(0.3 + (pixels[..., 0] - pixels[..., 2]) * 1.6, 0.08, 1) * (1 - 0.8 * tone**1.6)
    first = _dots((1 - tone) ** 1.5 * 1.06, pitch, 0.6)
    second = np.roll(_dots(warm, pitch, 1.2), (round(size[0] / 400), -round(size[0] / 320)), (0, 1))
    speck = 0.72 + 0.28 * texture.smooth(0.15, 0.4, texture.noise(size, (size[0] / 5, size[1] / 5), 86, 2))
    paper = texture.paper(size, 87, settings["ground"], 0.7)
    printed = paper * texture.mix(np.ones(3, np.float32), texture.colour(settings["second"]), second * 0.92 * speck)
    return printed * texture.mix(np.ones(3, np.float32), texture.colour(settings["accent"]), first * 0.95 * speck)


def plain(pixels: Array, settings: dict[str, Any]) -> Array:
    """A quiet print: a little less colour, blacks that are not black."""
    soft = texture.mix(texture.grey(pixels)[..., None], pixels, settings["colour"])
    return soft * 0.9 + 0.06


def dusk(pixels: Array, settings: dict[str, Any]) -> Array:
    """The hour after sunset: violet shadows, lights that still glow."""
    tone = texture.grey(pixels)
    mapped = texture.gradient(
        tone, [(0, "#120a2e"), (0.34, "#4b2a6b"), (0.62, "#c2557a"), (0.84, "#ffab6e"), (1, "#fff0cf")]
    )
    mixed = texture.mix(pixels, mapped, settings["depth"])
    _, y = texture.grid(_size(pixels))
    glow = texture.array(texture.blur(texture.image(np.clip(mixed - 0.45, 0, 1)), pixels.shape[1] / 28))
    lit = mixed * (1.02 - 0.34 * np.abs(y - 0.42))[..., None] + glow * 0.55
    return lit + (0.014 * texture.grain(_size(pixels)))[..., None]


def botanical(pixels: Array, settings: dict[str, Any]) -> Array:
    """As in an old herbal: faded greens, cream lights, the tooth of the paper."""
    tone = texture.grey(pixels)
    aged = texture.gradient(tone, [(0, "#1c2a20"), (0.4, "#56704f"), (0.72, "#b9bd8c"), (1, "#faf3dd")])
    mixed = texture.mix(texture.mix(tone[..., None], pixels, 0.72), aged, settings["age"])
    return (
        mixed
        * texture.paper(_size(pixels), 88, "#fbf6e8", 1.6)
        * (0.86 + 0.18 * _fade(pixels, (0.5, 0.5), 0.2, 0.8))[..., None]
    )


DRAWINGS: dict[str, Style] = {
    "candle-lit": Style(
        "Candle-lit",
        candle,
        "#ffe6bd",
        "#140803",
        "#e8a94f",
        align="centre",
        least=0.42,
        own={"warmth": Number(0.78, 0, 1)},
    ),
    "watercolour": Style(
        "Watercolour wash",
        watercolour,
        "#22304d",
        "#f8f2e6",
        "#a5523f",
        ground="wash",
        least=0.86,
        own={"pigment": Number(0.86, 0.4, 1.2)},
    ),
    "noir": Style(
        "Noir",
        noir,
        "#f5f1e8",
        "#050506",
        "#d2382e",
        families=("josefin", "josefin"),
        weights=("regular", "regular"),
        least=0.46,
        own={"contrast": Number(0.7, 0, 1)},
    ),
    "risograph": Style(
        "Risograph",
        risograph,
        "#14306b",
        "#f6efdf",
        "#1f4ea8",
        ground="panel",
        least=0.96,
        families=("josefin", "josefin"),
        weights=("medium", "semibold"),
        own={"second": Colour("#ff5f6b")},
    ),
    "plain-paper": Style(
        "Plain paper",
        plain,
        "#2a2521",
        "#faf5ea",
        "#8e3f2c",
        ground="panel",
        least=0.94,
        own={"colour": Number(0.72, 0, 1)},
    ),
    "dusk": Style(
        "Dusk", dusk, "#fff1e2", "#170c30", "#ffb37a", align="centre", least=0.44, own={"depth": Number(0.6, 0, 1)}
    ),
    "botanical": Style(
        "Botanical",
        botanical,
        "#22372a",
        "#f8f2df",
        "#5f7a4c",
        ground="label",
        least=0.94,
        align="centre",
        families=("cormorant", "cormorant"),
        weights=("semibold", "semibold"),
        own={"age": Number(0.55, 0, 1)},
    ),
}
