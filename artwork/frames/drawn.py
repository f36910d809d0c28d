"""Frames drawn with lines: a strip of film, an art-deco portal, a night sky with the phases of the moon."""

from math import cos, pi, sin
from typing import Any

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from artwork import texture, typeset
from artwork.fonts import Face
from artwork.frames.framing import Box, Drawing, Framing, finish, hole, inset, shrink, unit
from artwork.options import Colour, Number
from artwork.texture import Size

ARCH = 0.16  # of the window's height


def film(size: Size, settings: dict[str, Any]) -> Framing:
    """A strip of film on a light table, its perforations left and right, its edge print in amber."""
    u = unit(size)
    base = texture.colour(settings["base"])
    sheen = 1 + 0.5 * np.exp(-((texture.grid(size)[0] - 0.2) ** 2) / 0.03) + 0.05 * texture.grain(size, 51)
    pixels = np.broadcast_to(base, (size[1], size[0], 3)) * sheen[..., None]
    holes = Image.new("L", (size[0] * 2, size[1] * 2))
    draw = ImageDraw.Draw(holes)
    pitch = size[1] * 2 / max(4, round(size[1] / u / 62))
    for at in range(round(size[1] * 2 / pitch)):
        y = (at + 0.5) * pitch
        for x in (20 * u * 2, size[0] * 2 - 58 * u * 2):
            draw.rounded_rectangle((x, y - 27 * u, x + 38 * u * 2, y + 27 * u), 9 * u * 2, fill=255)
    holes = holes.reduce(2)
    rim = ImageChops.subtract(texture.blur(holes, 2 * u), holes)
    pixels = texture.mix(pixels, texture.colour("#7c6a58"), texture.array(rim) * 0.8)
    table = texture.colour(settings["table"]) * (1 - 0.16 * np.abs(texture.grid(size)[1] - 0.5)[..., None])
    table = table * (1 - 0.35 * texture.array(texture.inner_shadow(holes, 3 * u, (2 * u, 2 * u), 1.0))[..., None])
    pixels = texture.mix(pixels, np.broadcast_to(table, pixels.shape), texture.array(holes))
    sheet = texture.image(np.clip(pixels, 0, 1))
    window = inset(size, 92 * u, 56 * u)
    for text, x, y in (
        ("POEM VISION  5219", 0.3, 33),
        ("12", 0.62, 33),
        ("12A", 0.36, -21),
        ("SAFETY FILM", 0.68, -21),
    ):
        at = (size[0] * x, y * u if y > 0 else size[1] + y * u)
        _amber(sheet, at, text, u)
    return finish(texture.array(sheet), hole(size, window, 12 * u), window, shrink(window, 34 * u), 4, 0.5)


def _amber(sheet: Image.Image, at: tuple[float, float], text: str, u: float) -> None:
    mask = Image.new("L", sheet.size)
    typeset.spaced(ImageDraw.Draw(mask), at, text, Face("josefin", "semibold"), 19 * u, 3 * u)
    glow = ImageChops.lighter(mask, texture.blur(mask, 3 * u).point(lambda value: value * 0.8))
    sheet.paste("#f0a53a", (0, 0), glow)


def deco(size: Size, settings: dict[str, Any]) -> Framing:
    """Lacquer and gold lines: stepped corners, a sunrise above, fans in the corners."""
    u, factor = unit(size), 2
    lines = Image.new("L", (size[0] * factor, size[1] * factor))
    draw = ImageDraw.Draw(lines)
    window = inset(size, 74 * u, 96 * u, None, 82 * u)
    f = u * factor
    outer = tuple(value * factor for value in window)
    for gap, width in ((9, 3.4), (17, 1.4), (46, 1.4), (52, 2.6)):
        step = 34 * f if gap < 40 else 16 * f
        _stepped(draw, shrink(outer, -gap * f), step, round(width * f))
    for x, turn in ((outer[0] - 17 * f, 1), (outer[2] + 17 * f, -1)):
        for y, up in ((outer[1] - 17 * f, 1), (outer[3] + 17 * f, -1)):
            for part in range(7):
                angle = part / 6 * pi / 2
                end = (x + turn * 62 * f * cos(angle), y + up * 62 * f * sin(angle))
                draw.line((x, y, *end), fill=255, width=max(1, round(1.3 * f)))
    _sunrise(draw, (sum(outer[::2]) / 2, outer[1] - 20 * f), f)
    mask = Image.new("L", lines.size)
    _stepped(ImageDraw.Draw(mask), outer, 34 * f, 0)
    outside = ImageChops.invert(mask)
    lines = ImageChops.multiply(lines, outside).reduce(factor)
    lacquer = texture.colour(settings["lacquer"]) * (0.85 + 0.3 * texture.noise(size, (3, 4), 61, 3))[..., None]
    x, y = texture.grid(size)
    metal = texture.colour(settings["metal"]) * (0.72 + 0.5 * np.abs(np.sin((x * 1.2 + y) * 5)))[..., None]
    pixels = texture.mix(lacquer, np.clip(metal, 0, 1), texture.array(lines))
    return finish(np.clip(pixels, 0, 1), mask.reduce(factor), window, shrink(window, 46 * u), 6, 0.5)


def _stepped(draw: ImageDraw.ImageDraw, box: Box, step: float, line: int) -> None:
    """A rectangle whose corners go in by two steps; filled when there is no line."""
    left, top, right, bottom = box
    s, h = step, step / 2
    corner = [(0, s), (h, s), (h, h), (s, h), (s, 0)]
    points = [(left + x, top + y) for x, y in corner] + [(right - x, top + y) for x, y in reversed(corner)]
    points += [(right - x, bottom - y) for x, y in corner] + [(left + x, bottom - y) for x, y in reversed(corner)]
    if line:
        draw.line([*points, points[0]], fill=255, width=line, joint="curve")
    else:
        draw.polygon(points, fill=255)


def _sunrise(draw: ImageDraw.ImageDraw, centre: tuple[float, float], f: float) -> None:
    """Half a sun with rays, long and short in turn."""
    x, y = centre
    draw.rectangle((x - 92 * f, y - 70 * f, x + 92 * f, y - 14 * f), fill=0)
    for part in range(25):
        angle = pi + part / 24 * pi
        reach = 62 if part % 2 == 0 else 47
        start, end = ((x + r * f * cos(angle) * 1.3, y + r * f * sin(angle)) for r in (24, reach))
        draw.line((*start, *end), fill=255, width=max(1, round((2.2 if part % 2 == 0 else 1.2) * f)))
    draw.pieslice((x - 22 * f, y - 18 * f, x + 22 * f, y + 18 * f), 180, 360, fill=255)
    draw.line((x - 92 * f, y, x + 92 * f, y), fill=255, width=max(1, round(2.2 * f)))


def night_sky(size: Size, settings: dict[str, Any]) -> Framing:
    """A sky of ink with stars and constellations; an arch opens to the picture, the moon's phases above."""
    u = unit(size)
    x, y = texture.grid(size)
    sky = texture.mix(
        texture.colour(settings["zenith"]), texture.colour(settings["horizon"]), y[..., None] + 0 * x[..., None]
    )
    milk = texture.noise(size, (5, 6), 71, 4)
    sky = sky + (texture.smooth(0.45, 0.95, milk) * 0.12)[..., None] * texture.colour("#b9c4ff")
    sheet = texture.image(np.clip(sky, 0, 1))
    window = inset(size, 68 * u, 104 * u, None, 72 * u)
    lights = Image.new("L", (size[0] * 2, size[1] * 2))
    draw = ImageDraw.Draw(lights)
    _stars(draw, lights.size, u * 2, round(260 * settings["stars"]))
    _moons(draw, (size[0], 52 * u * 2), u * 2)
    mask = _arch(size, window)
    ring = ImageChops.subtract(_arch(size, shrink(window, -7 * u)), _arch(size, shrink(window, -5.4 * u)))
    gold = ImageChops.lighter(
        ring, ImageChops.subtract(_arch(size, shrink(window, -14 * u)), _arch(size, shrink(window, -13 * u)))
    )
    clear = ImageChops.invert(_arch(size, shrink(window, -10 * u)))
    lights = ImageChops.multiply(lights.reduce(2), clear)
    glow = ImageChops.lighter(lights, texture.blur(lights, 4 * u).point(lambda value: value * 1.6))
    sheet.paste("#f6f0dc", (0, 0), glow)
    sheet.paste(settings["line"], (0, 0), gold)
    left, top, right, bottom = shrink(window, 46 * u)
    below = round((window[3] - window[1]) * ARCH * 0.64)  # where the arch is as wide as the room
    return finish(
        texture.array(sheet), mask, window, (left, window[1] + max(below, top - window[1]), right, bottom), 8, 0.55
    )


def _arch(size: Size, window: Box) -> Image.Image:
    """The window with a flat arch above."""
    mask = Image.new("L", (size[0] * 2, size[1] * 2))
    draw = ImageDraw.Draw(mask)
    left, top, right, bottom = (value * 2 for value in window)
    rise = round((bottom - top) * ARCH)
    draw.rectangle((left, top + rise, right - 1, bottom - 1), fill=255)
    draw.ellipse((left, top, right - 1, top + 2 * rise), fill=255)
    return mask.reduce(2)


def _stars(draw: ImageDraw.ImageDraw, size: Size, f: float, count: int) -> None:
    rng = np.random.default_rng(72)
    margin = 64 * f
    for _ in range(count):
        x, y = rng.uniform(0, size[0]), rng.uniform(0, size[1])
        edge = min(x, size[0] - x, y, size[1] - y)
        if edge < margin * 2.2:
            r = f * (0.6 + rng.pareto(3.5))
            draw.ellipse((x - r, y - r, x + r, y + r), fill=int(rng.integers(90, 255)))
    for at in range(9):  # constellations wander along the sides
        side = at % 2
        x = margin * 0.5 if side else size[0] - margin * 0.5
        y = size[1] * (0.2 + 0.72 * at / 9)
        points = [(x + rng.normal(0, 12 * f), y + step * 26 * f) for step in range(4)]
        draw.line(points, fill=70, width=max(1, round(f)))
        for px, py in points:
            r = f * rng.uniform(1.6, 3.0)
            draw.ellipse((px - r, py - r, px + r, py + r), fill=255)


def _moons(draw: ImageDraw.ImageDraw, centre: tuple[float, float], f: float) -> None:
    """Seven phases in a row: new, waxing, full, waning."""
    for at in range(-3, 4):
        r = (17 if at == 0 else 12) * f
        x, y = centre[0] + at * 58 * f, centre[1] + abs(at) ** 2 * 2.2 * f
        draw.ellipse((x - r, y - r, x + r, y + r), fill=255 if at == 0 else 34)
        if at:
            lit = 1 - abs(at) / 3.4
            side = [(x + (1 if at < 0 else -1) * r * cos(t), y + r * sin(t)) for t in np.linspace(-pi / 2, pi / 2, 24)]
            back = [
                (x + (1 if at < 0 else -1) * r * cos(t) * (1 - 2 * lit), y + r * sin(t))
                for t in np.linspace(pi / 2, -pi / 2, 24)
            ]
            draw.polygon(side + back, fill=255)


DRAWINGS = {
    "film-strip": Drawing("Film strip", {"base": Colour("#15110e"), "table": Colour("#efe4cf")}, film),
    "art-deco": Drawing("Art deco", {"lacquer": Colour("#10201f"), "metal": Colour("#d2ab5f")}, deco),
    "night-sky": Drawing(
        "Night sky",
        {
            "zenith": Colour("#070b24"),
            "horizon": Colour("#2b2f66"),
            "line": Colour("#d9c48a"),
            "stars": Number(1, 0.2, 2),
        },
        night_sky,
    ),
}
