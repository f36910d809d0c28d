"""Frames that a framer would build: carved and gilded, planed from walnut, a mat cut by hand."""

from typing import Any

import numpy as np

from artwork import texture
from artwork.frames.framing import Drawing, Framing, bump, depth, finish, hole, inset, shine, shrink, unit
from artwork.options import Choice, Colour, Number
from artwork.texture import Array, Size

LEAF = {
    "gold": [(0, "#1f1004"), (0.28, "#6b4512"), (0.55, "#b98a36"), (0.78, "#e9c877"), (1, "#fff4cf")],
    "silver": [(0, "#14161a"), (0.28, "#4d5157"), (0.55, "#94989d"), (0.78, "#cfd2d4"), (1, "#fbfcfc")],
    "rose": [(0, "#230d08"), (0.28, "#74402f"), (0.55, "#bd8068"), (0.78, "#e8bda6"), (1, "#fff0e6")],
}
WOODS = {
    "walnut": ("#2a160c", "#6d4326"),
    "oak": ("#6e4d2a", "#c09a63"),
    "ebony": ("#0d0b0a", "#2e2823"),
    "cherry": ("#4a1a10", "#96502f"),
}


def gilded(size: Size, settings: dict[str, Any]) -> Framing:
    """A carved frame under leaf: hollow, leaf tips, a row of beads, a linen slip."""
    u, width = unit(size), settings["width"]
    d, along = depth(size)
    t = d / width * 96  # the profile is drawn for a width of 96
    petals = np.abs(np.sin(along / 17.0 * np.pi / 2)) ** 0.6
    leaf = bump(t, 47, 38, 15) * (0.62 + 0.38 * petals) + bump(t, 47 + 9 * petals, 7, 2.5)
    beads = np.sqrt(np.clip(1 - (((along % 13) - 6.5) / 6) ** 2 - ((t - 78) / 6) ** 2, 0, None)) * 7
    height = bump(t, 9, 20, 11) + bump(t, 24, 9, 4) + leaf + beads + bump(t, 69, 6, 3) + bump(t, 90, 9, 5)
    height += 0.5 * texture.noise(size, (size[0] / u / 9, size[1] / u / 9), 5, 2)
    light, gloss = shine(height, u)
    worn = texture.noise(size, (9, 11), 21, 4)
    hollow = np.clip(1 - height / 14, 0, 1) * 0.2
    tone = np.clip(light * 0.86 - hollow + gloss * 0.42 - (worn - 0.5) * 0.14, 0, 1)
    pixels = texture.gradient(tone, LEAF[settings["leaf"]])
    bole = texture.smooth(0.62, 0.8, worn) * texture.smooth(9, 13, height) * 0.3  # the red clay under worn leaf
    pixels = texture.mix(pixels, texture.colour("#7a2f17") * (0.4 + light[..., None]), bole)
    slip = width + 16
    linen = (
        texture.paper(size, 8, settings["slip"], 1.6) * (0.82 + 0.18 * texture.smooth(width, width + 9, d))[..., None]
    )
    pixels = np.where((d > width)[..., None], linen, pixels)
    window = inset(size, slip * u, slip * u)
    return finish(pixels, hole(size, window), window, shrink(window, 34 * u), 8)


def walnut(size: Size, settings: dict[str, Any]) -> Framing:
    """Planed wood, mitred, with a line of brass before the picture."""
    u, width = unit(size), settings["width"]
    d, _ = depth(size)
    dark, fair = WOODS[settings["wood"]]
    x, y = np.arange(size[0])[None, :], np.arange(size[1])[:, None]
    sides = np.minimum(x, size[0] - 1 - x) < np.minimum(y, size[1] - 1 - y)
    grain = np.where(
        sides[..., None],
        texture.wood(size, 4, dark, fair, across=False),
        texture.wood(size, 9, dark, fair, across=True),
    )
    mitre = 1 - 0.5 * np.exp(-((np.minimum(x, size[0] - 1 - x) - np.minimum(y, size[1] - 1 - y)) ** 2) / (1.2 * u) ** 2)
    height = bump(d, width * 0.55, width * 1.15, width * 0.2) + bump(d, width * 0.1, 9, 4) + bump(d, width * 0.93, 7, 3)
    light, gloss = shine(height, u, 40)
    pixels = grain * (0.28 + 1.05 * light * mitre)[..., None] + (gloss * 0.16)[..., None]
    brass_height = bump(d, width + 4, 8, 4)
    light, gloss = shine(brass_height, u, 18)
    brass = texture.gradient(np.clip(light * 0.8 + gloss * 0.4, 0, 1), LEAF["gold"])
    pixels = np.where((d > width)[..., None], brass, pixels)
    window = inset(size, (width + 8) * u, (width + 8) * u)
    return finish(np.clip(pixels, 0, 1), hole(size, window), window, shrink(window, 40 * u), 11, 0.7)


def passe_partout(size: Size, settings: dict[str, Any]) -> Framing:
    """A slim profile, a wide mat with a little more below than above, its bevel cut white, a fine line around."""
    u, width = unit(size), settings["mat_width"]
    profile = 15.0
    d, _ = depth(size)
    light, gloss = shine(bump(d, profile / 2, profile, 6), u, 14)
    metal = texture.colour(settings["profile"]) * (0.35 + 0.9 * light[..., None]) + (gloss * 0.25)[..., None]
    mat = texture.paper(size, 12, settings["mat"], 0.8)
    fall = np.exp(-np.clip(d - profile, 0, None) / 7) * 0.34  # the profile's shadow on the mat
    mat = mat * (1 - fall[..., None])
    bevel = inset(size, (profile + width) * u, (profile + width) * u, None, (profile + width * 1.35) * u)
    window = shrink(bevel, 5 * u)
    line = np.asarray(hole(size, shrink(bevel, -13 * u)), np.float32) - np.asarray(hole(size, shrink(bevel, -11.4 * u)))
    mat = texture.mix(mat, texture.colour(settings["line"]), line / 255 * 0.75)
    cut = np.asarray(hole(size, bevel), np.float32) / 255
    mat = texture.mix(mat, _bevel(size, bevel), cut)
    pixels = np.where((d > profile)[..., None], mat, metal)
    return finish(np.clip(pixels, 0, 1), hole(size, window), window, shrink(window, 30 * u), 5, 0.45)


def _bevel(size: Size, box: tuple[int, int, int, int]) -> Array:
    """The core of the board: white, darker on the sides that turn away from the light."""
    x, y = np.arange(size[0])[None, :], np.arange(size[1])[:, None]
    shades = np.array([0.8, 0.74, 0.99, 1.0], np.float32)  # left, top, right, bottom
    distance = np.broadcast_arrays(x - box[0], y - box[1], box[2] - 1 - x, box[3] - 1 - y)
    return shades[np.argmin(np.stack(distance), 0)][..., None] * texture.colour("#fffdf7")


DRAWINGS = {
    "gilded": Drawing(
        "Gilded",
        {"leaf": Choice("gold", tuple(LEAF)), "width": Number(84, 50, 130), "slip": Colour("#e6dcc6")},
        gilded,
    ),
    "walnut": Drawing("Walnut", {"wood": Choice("walnut", tuple(WOODS)), "width": Number(62, 30, 110)}, walnut),
    "passe-partout": Drawing(
        "Passe-partout",
        {
            "mat": Colour("#f3eee2"),
            "mat_width": Number(78, 40, 130),
            "profile": Colour("#1d1b1a"),
            "line": Colour("#a88f5c"),
        },
        passe_partout,
    ),
}
