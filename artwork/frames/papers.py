"""Frames of paper: a sheet with a deckle edge, and Japanese washi with waves and a seal."""

from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from artwork import texture
from artwork.frames.framing import Drawing, Framing, finish, hole, inset, shrink, unit
from artwork.options import Choice, Colour, Number
from artwork.texture import Array, Size


def _distance(size: Size, box: tuple[float, float, float, float]) -> Array:
    """How far inside a box each pixel is; below 0 it is outside."""
    x, y = np.arange(size[0], dtype=np.float32)[None, :], np.arange(size[1], dtype=np.float32)[:, None]
    return np.minimum(np.minimum(x - box[0], box[2] - x), np.minimum(y - box[1], box[3] - y))


def deckle(size: Size, settings: dict[str, Any]) -> Framing:
    """A sheet of hand-made paper lies on a table; the picture is printed into it, with edges as rough as its own."""
    u = unit(size)
    rough = texture.noise(size, (size[0] / u / 34, size[1] / u / 34), 31, 4) - 0.5
    fine = texture.noise(size, (size[0] / u / 5, size[1] / u / 5), 32, 2) - 0.5
    torn = (rough * 13 + fine * 3) * settings["roughness"]
    sheet = _distance(size, (20 * u, 20 * u, size[0] - 20 * u, size[1] - 20 * u)) / u + torn
    edge = texture.smooth(-0.8, 0.8, sheet)
    paper = texture.paper(size, 33, settings["paper"], 1.5)
    lip = np.exp(-np.clip(sheet, 0, None) / 5)  # the pressed rim is thinner, so a little lighter, then a soft shade
    paper = np.clip(paper * (1 + 0.05 * lip - 0.07 * np.exp(-((sheet - 9) ** 2) / 30))[..., None], 0, 1)
    shade = texture.array(texture.blur(Image.fromarray((edge * 255).astype(np.uint8)), 9 * u))
    moved = texture.moved(shade, 4 * u, 7 * u)
    weave = 1 + 0.05 * (
        texture.noise(size, (size[0] / u / 2, 12), 35, 1) + texture.noise(size, (9, size[1] / u / 2), 36, 1) - 1
    )
    table = texture.colour(settings["table"]) * (weave * (1 - 0.5 * moved))[..., None]
    pixels = texture.mix(table, paper, edge)
    margin = 92 * u
    window = inset(size, margin - 8 * u, margin - 8 * u, None, margin + 14 * u)
    printed = _distance(size, shrink(window, 8 * u)) / u + (fine * 7 + rough * 6) * settings["roughness"]
    mask = Image.fromarray((texture.smooth(-1.4, 1.4, printed) * 255).astype(np.uint8))
    pixels *= (1 - 0.1 * np.exp(-np.clip(-printed, 0, None) / 3) * (printed < 1))[..., None]
    return finish(np.clip(pixels, 0, 1), mask, window, shrink(window, 40 * u), 2, 0.25)


def _waves(size: Size, u: float, radius: float) -> Array:
    """Seigaiha: scales of the sea, each of three rings. 1 where there is ink."""
    factor = 2
    r = radius * u * factor
    sheet = Image.new("L", (size[0] * factor, size[1] * factor))
    draw = ImageDraw.Draw(sheet)
    line = max(1, round(1.5 * u * factor))
    for row in range(int(sheet.height / (r / 2)) + 3):
        for column in range(-1, int(sheet.width / (2 * r)) + 2):
            x, y = column * 2 * r + (r if row % 2 else 0), row * r / 2
            draw.ellipse((x - r, y - r, x + r, y + r), fill=0, outline=255, width=line)
            for part in (0.72, 0.44, 0.16):
                draw.ellipse((x - r * part, y - r * part, x + r * part, y + r * part), outline=255, width=line)
    return texture.array(sheet.reduce(factor))


def _fibres(size: Size, u: float, seed: int) -> Array:
    """Long fibres of the paper mulberry, caught in the sheet."""
    rng = np.random.default_rng(seed)
    sheet = Image.new("L", size)
    draw = ImageDraw.Draw(sheet)
    for _ in range(170):
        x, y = rng.uniform(0, size[0]), rng.uniform(0, size[1])
        angle, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.22)
        points = []
        for _ in range(rng.integers(6, 18)):
            points.append((x, y))
            x, y, angle = x + 5 * u * np.cos(angle), y + 5 * u * np.sin(angle), angle + bend
        draw.line(points, fill=int(rng.integers(60, 190)), width=max(1, round(rng.uniform(0.6, 1.6) * u)))
    return texture.array(texture.blur(sheet, 0.5 * u))


def washi(size: Size, settings: dict[str, Any]) -> Framing:
    """Washi with waves that come in from below, a line of ink around the picture, a seal."""
    u = unit(size)
    paper = texture.paper(size, 41, settings["paper"], 1.0)
    paper = texture.mix(paper, np.clip(paper * 1.12, 0, 1), _fibres(size, u, 42) * 0.8)
    paper = texture.mix(paper, paper * texture.colour("#b8a88c"), _fibres(size, u, 43) * 0.28)
    x, y = texture.grid(size)
    rise = texture.noise(size, (3, 4), 44, 3)
    fade = texture.smooth(0.42, 1.02, y + (rise - 0.5) * 0.35 + 0 * x)
    ink = _waves(size, u, settings["wave"]) * (0.1 + 0.75 * fade) * (0.75 + 0.5 * rise)
    pixels = texture.mix(paper, texture.colour(settings["ink"]), np.clip(ink, 0, 1) * 0.8)
    window = inset(size, 70 * u, 76 * u, None, 124 * u)
    plate = np.asarray(hole(size, shrink(window, -12 * u)), np.float32) / 255  # a clean margin next to the picture
    pixels = texture.mix(pixels, paper, plate)
    outline = plate - np.asarray(hole(size, shrink(window, -10 * u)), np.float32) / 255
    pixels = texture.mix(pixels, texture.colour(settings["ink"]), outline * 0.8)
    sheet = texture.image(np.clip(pixels, 0, 1))
    if settings["seal"] == "yes":
        _seal(sheet, u, (window[2] - 46 * u, window[3] + 34 * u))
    return finish(texture.array(sheet), hole(size, window), window, shrink(window, 38 * u), 3, 0.3)


def _seal(sheet: Image.Image, u: float, at: tuple[float, float]) -> None:
    """A red seal with the sign for poem, printed a little unevenly."""
    from artwork import typeset
    from artwork.fonts import Face

    side, factor = round(54 * u), 4
    stamp = Image.new("L", (side * factor, side * factor))
    draw = ImageDraw.Draw(stamp)
    draw.rounded_rectangle((0, 0, stamp.width - 1, stamp.height - 1), 7 * u * factor, fill=255)
    face, letters = Face("japanese", language="ja"), 46 * u * factor
    left = (stamp.width - typeset.width("詩", face, letters)) / 2
    typeset.write(draw, (left, stamp.height * 0.78), "詩", face, letters, fill=0)
    worn = texture.smooth(0.16, 0.42, texture.noise((side, side), (7, 7), 46, 3))
    mask = texture.array(stamp.reduce(factor)) * (0.5 + 0.5 * worn) * 0.92
    sheet.paste("#a8281c", (round(at[0]), round(at[1])), Image.fromarray((mask * 255).astype(np.uint8)))


DRAWINGS = {
    "deckle": Drawing(
        "Deckle paper",
        {"paper": Colour("#efe6d3"), "table": Colour("#4a443d"), "roughness": Number(1, 0.2, 1.6)},
        deckle,
    ),
    "washi": Drawing(
        "Washi",
        {
            "paper": Colour("#efe8d8"),
            "ink": Colour("#27476b"),
            "wave": Number(34, 18, 60),
            "seal": Choice("yes", ("yes", "no")),
        },
        washi,
    ),
}
