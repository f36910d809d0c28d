"""Places: a city by the water, a house with people coming home, the sea."""

import numpy as np
from PIL import Image, ImageDraw

from artwork import texture
from artwork.scenes import things
from artwork.scenes.canvas import Canvas
from artwork.scenes.lands import _between, _flock, _light, _meadow, _ranges


def city(canvas: Canvas) -> None:
    """Towers behind one another in the haze, lit windows, a river that doubles them."""
    horizon = 0.72
    canvas.sky(horizon)
    x, _ = _light(canvas, 0.46)
    canvas.clouds(canvas.palette.light, 0.12, 0.5, 0.48, 0.45)
    for at in range(4):
        t = at / 3
        _blocks(canvas, horizon, t)
        canvas.fill(
            canvas.palette.sky[-1],
            texture.smooth(horizon - 0.2, horizon, canvas.y) * (1 - 0.65 * t) * 0.5 + 0 * canvas.x,
        )
    canvas.water(horizon, calm=1.4)
    canvas.glitter(x, horizon, 0.05)
    _bridge(canvas, horizon)
    _flock(canvas, 1 - x, 0.24)


def _blocks(canvas: Canvas, horizon: float, t: float) -> None:
    """One row of buildings, and the windows in which somebody is still awake."""
    masks = [Image.new("L", (canvas.width * 2, canvas.height * 2)) for _ in range(2)]
    walls, panes = (ImageDraw.Draw(mask) for mask in masks)
    u, rng = canvas.u * 2, canvas.rng
    x, foot = -40.0 * u, horizon * canvas.height * 2 + 4
    while x < canvas.width * 2:
        wide = rng.uniform(46, 120) * u * (0.7 + 0.5 * t)
        centre = np.exp(-(((x / 2 / canvas.width - 0.5) / 0.34) ** 2))
        tall = rng.uniform(0.4, 1.0) * (120 + 420 * centre * (1 - 0.55 * t)) * u * (1.1 - 0.25 * t)
        top = foot - tall
        walls.rectangle((x, top, x + wide, foot), fill=255)
        _roof(walls, x, top, wide, u, rng)
        cell = (9 + 5 * t) * u
        for wy in np.arange(top + cell, foot - cell, cell * 1.5):
            for wx in np.arange(x + cell * 0.7, x + wide - cell * 0.7, cell * 1.25):
                if rng.random() < (0.34 if canvas.palette.dark else 0.16):
                    panes.rectangle((wx, wy, wx + cell * 0.6, wy + cell * 0.8), fill=int(rng.integers(110, 255)))
        x += wide * rng.uniform(0.72, 1.12)
    wall, window = (mask.reduce(2) for mask in masks)
    canvas.fill(_between(canvas, 0.1 + 0.72 * t), wall)
    canvas.fill(canvas.palette.second, window, 0.35 + 0.6 * t)
    canvas.add(
        canvas.palette.second,
        texture.array(texture.blur(window, 7 * canvas.u)) * (0.75 if canvas.palette.dark else 0.3),
    )


def _roof(draw: ImageDraw.ImageDraw, x: float, top: float, wide: float, u: float, rng: np.random.Generator) -> None:
    kind = rng.integers(5)
    middle = x + wide / 2
    if kind == 0:
        draw.polygon([(x, top), (middle, top - wide * 0.5), (x + wide, top)], fill=255)
    elif kind == 1:
        draw.rectangle((x + wide * 0.22, top - 26 * u, x + wide * 0.78, top), fill=255)
        draw.rectangle((x + wide * 0.38, top - 48 * u, x + wide * 0.62, top), fill=255)
        draw.line((middle, top - 110 * u, middle, top), fill=255, width=round(2.4 * u))
    elif kind == 2:
        draw.ellipse((x + wide * 0.1, top - wide * 0.38, x + wide * 0.9, top + wide * 0.38), fill=255)
    elif kind == 3:
        draw.line((x + wide * 0.3, top - 40 * u, x + wide * 0.3, top), fill=255, width=round(2 * u))


def _bridge(canvas: Canvas, horizon: float) -> None:
    """A quay in front, with lamps and two people who look across."""
    quay = 0.93

    def iron(draw: ImageDraw.ImageDraw, f: float) -> None:
        w, h, u = canvas.width * f, canvas.height * f, canvas.u * f
        draw.rectangle((0, quay * h, w, h), fill=255)
        draw.rectangle((0, quay * h - 52 * u, w, quay * h - 46 * u), fill=255)
        for x in np.arange(12 * u, w, 26 * u):
            draw.rectangle((x, quay * h - 50 * u, x + 3 * u, quay * h), fill=255)
        for x in (0.16 * w, 0.84 * w):
            draw.rectangle((x - 3 * u, quay * h - 262 * u, x + 3 * u, quay * h), fill=255)
            draw.ellipse((x - 13 * u, quay * h - 288 * u, x + 13 * u, quay * h - 258 * u), fill=255)
        hand = things.person(draw, 0.4 * w, quay * h + 30 * u, 172 * u, skirt=True, reach=0.2)
        things.person(draw, hand[0] + 0.2 * 186 * u, quay * h + 30 * u, 186 * u, skirt=False, reach=-0.2)

    canvas.fill(texture.colour(canvas.palette.near) * 0.75, canvas.shape(iron))
    for x in (0.16, 0.84):
        d = canvas.distance(x, quay - 0.273 / canvas.aspect)
        canvas.add(canvas.palette.second, np.exp(-((d / 0.012) ** 2)) + 0.55 * np.exp(-d / 0.045))


def family(canvas: Canvas) -> None:
    """A cottage under a great tree with light in its windows; two grown-ups and a child come home along the hill."""
    canvas.sky(0.76)
    _light(canvas, 0.44)
    canvas.clouds(canvas.palette.light, 0.08, 0.5, 0.52, 0.5)
    _ranges(canvas, 0.56, 0.7, 3, 1.0)
    hill = 0.8 - 0.07 * np.sin(canvas.x[0] * 3.4 - 0.6).astype(np.float32)
    canvas.land(hill, _between(canvas, 0.72), canvas.palette.second, 0.3, 0.16)
    side = canvas.seed % 2
    _home(canvas, hill, 0.72 if side else 0.28)
    _walkers(canvas, hill, 0.3 if side else 0.66)
    _meadow(canvas, hill + 0.075)


def _tree(canvas: Canvas, x: float, foot: float, dark: np.ndarray) -> None:
    u = canvas.u
    wood, tips = things.branches(x, foot, 150 * u, np.pi / 2 + 0.06, 7, canvas.rng)
    canvas.fill(dark, canvas.shape(lambda draw, f: things.limbs(draw, wood, f)))
    for colour, amount in ((canvas.palette.accent, 0.75), (canvas.palette.second, 0.55), (_between(canvas, 0.6), 0.6)):

        def crown(draw: ImageDraw.ImageDraw, f: float) -> None:
            for tx, ty in tips:
                lx, ly = (tx + canvas.rng.normal(0, 14 * u)) * f, (ty + canvas.rng.normal(0, 12 * u)) * f
                r = canvas.rng.uniform(5, 12) * u * f
                draw.polygon(things.petal(lx, ly, r * 1.8, r, canvas.rng.uniform(0, 7)), fill=255)

        canvas.fill(colour, canvas.shape(crown), amount)


def _home(canvas: Canvas, hill: np.ndarray, x: float) -> None:
    u, cx = canvas.u, x * canvas.width
    foot = float(hill[int(cx)]) * canvas.height + 12 * u
    dark = texture.colour(canvas.palette.near) * 0.8
    _tree(canvas, cx + 96 * u, foot, dark)

    def walls(draw: ImageDraw.ImageDraw, f: float) -> None:
        w, h = 78 * u, 84 * u
        draw.rectangle(((cx - w) * f, (foot - h) * f, (cx + w) * f, foot * f), fill=255)
        draw.polygon(
            [
                ((cx - w * 1.22) * f, (foot - h) * f),
                (cx * f, (foot - h * 2) * f),
                ((cx + w * 1.22) * f, (foot - h) * f),
            ],
            fill=255,
        )
        draw.rectangle(((cx - w * 0.72) * f, (foot - h * 2.05) * f, (cx - w * 0.46) * f, (foot - h) * f), fill=255)

    def panes(draw: ImageDraw.ImageDraw, f: float) -> None:
        for dx in (-46, 10):
            for part in (0, 19):
                left = cx + (dx + part) * u
                draw.rectangle((left * f, (foot - 62 * u) * f, (left + 16 * u) * f, (foot - 30 * u) * f), fill=255)
        draw.ellipse(((cx - 11 * u) * f, (foot - 124 * u) * f, (cx + 11 * u) * f, (foot - 102 * u) * f), fill=255)

    canvas.fill(dark, canvas.shape(walls))
    glow = canvas.shape(panes)
    canvas.fill("#ffd98a", glow)
    canvas.add("#ffb14a", texture.array(texture.blur(glow, 24 * u)) * 1.5)
    smoke = texture.smooth(0.46, 0.8, canvas.noise(5, 8)) * np.exp(
        -(((canvas.x - x + 0.06 - (0.55 - canvas.y) * 0.25) / 0.05) ** 2)
    )
    canvas.fill(
        canvas.palette.light,
        smoke * texture.smooth(0.42, 0.56, canvas.y) * (canvas.y * canvas.height < foot - 160 * u),
        0.4,
    )


def _walkers(canvas: Canvas, hill: np.ndarray, x: float) -> None:
    def people(draw: ImageDraw.ImageDraw, f: float) -> None:
        u, px = canvas.u * f, x * canvas.width * f
        foot = (float(hill[int(x * canvas.width)]) * canvas.height + 34 * canvas.u) * f
        hand = things.person(draw, px, foot, 168 * u, skirt=True, reach=0.21)
        child = hand[0] + 17 * u
        things.person(draw, child, foot + 5 * u, 96 * u, skirt=False)
        other = things.person(draw, child + 52 * u, foot, 182 * u, skirt=False, reach=-0.19)
        for end in (hand, other):
            draw.line((*end, child, foot - 68 * u), fill=255, width=round(6 * u))

    canvas.fill(texture.colour(canvas.palette.near) * 0.7, canvas.shape(people))


def sea(canvas: Canvas) -> None:
    """The open sea: waves that grow towards us, a path of light, a sail; every third with cliffs and a lighthouse."""
    horizon = canvas.rng.uniform(0.44, 0.52)
    canvas.sky(horizon)
    x, _ = _light(canvas, horizon - 0.02)
    canvas.clouds(canvas.palette.light, 0.06, horizon - 0.06, 0.56, 0.6)
    if canvas.seed % 3 == 0:
        _cliffs(canvas, horizon, 1 if x < 0.5 else -1)
    canvas.water(horizon, calm=0.8)
    _waves(canvas, horizon)
    canvas.glitter(x, horizon, 0.055)

    def sail(draw: ImageDraw.ImageDraw, f: float) -> None:
        bx = (x + (0.19 if x < 0.5 else -0.19)) * canvas.width * f
        things.boat(draw, bx, (horizon + 0.035) * canvas.height * f, 70 * canvas.u * f)

    canvas.fill(canvas.palette.near, canvas.shape(sail), 0.94)
    _flock(canvas, 1 - x, horizon * 0.52)


def _waves(canvas: Canvas, horizon: float) -> None:
    """Crests with a light edge, each row larger than the one before."""
    rows, broken = 15, texture.smooth(0.42, 0.72, canvas.noise(11, 40, 3))
    for at in range(rows):
        t = (at + 1) / rows
        base = horizon + 0.015 + (1.02 - horizon) * t**1.7
        line = canvas.ridge(base, 0.006 + 0.035 * t, 15 - 10 * t, 4, 1.3)
        body = texture.mix(texture.colour(canvas.palette.sky[1]), texture.colour(canvas.palette.near), 0.3 + 0.55 * t)
        part = slice(max(0, int(line.min() * canvas.height) - 8), int((line.max() + 0.05 + 0.12 * t) * canvas.height))
        below = (canvas.y[part] - line[None, :]) * canvas.height
        swell = np.clip(below + 0.5, 0, 1) * np.exp(-np.clip(below, 0, None) / (canvas.height * 0.05 * t + 4))
        foam = np.exp(-(((below - 2 * canvas.u) / ((1.1 + 3 * t) * canvas.u)) ** 2)) * broken[part]
        water = texture.mix(canvas.pixels[part], body, swell * 0.75)
        canvas.pixels[part] = texture.mix(water, texture.colour(canvas.palette.light), foam * (0.3 + 0.42 * t))


def _cliffs(canvas: Canvas, horizon: float, side: int) -> None:
    place = canvas.x[0] if side > 0 else 1 - canvas.x[0]
    rise = texture.smooth(0.62, 0.94, place) * 0.13
    line = horizon + 0.004 - rise + (canvas.ridge(0, 0.03, 9) * (rise > 0.005)).astype(np.float32)
    canvas.land(np.where(rise > 0.004, line, 2).astype(np.float32), _between(canvas, 0.75))
    x = (0.86 if side > 0 else 0.14) * canvas.width
    foot = float(line[int(x)]) * canvas.height + 8 * canvas.u

    def tower(draw: ImageDraw.ImageDraw, f: float) -> None:
        u = canvas.u * f
        cx, fy = x * f, foot * f
        draw.polygon(
            [(cx - 17 * u, fy), (cx - 11 * u, fy - 120 * u), (cx + 11 * u, fy - 120 * u), (cx + 17 * u, fy)], fill=255
        )
        draw.rectangle((cx - 15 * u, fy - 124 * u, cx + 15 * u, fy - 118 * u), fill=255)
        draw.polygon([(cx - 12 * u, fy - 144 * u), (cx, fy - 160 * u), (cx + 12 * u, fy - 144 * u)], fill=255)
        for dx in (-9, 6):
            draw.rectangle((cx + dx * u, fy - 146 * u, cx + (dx + 3) * u, fy - 120 * u), fill=255)

    canvas.fill(canvas.palette.near, canvas.shape(tower))
    d = canvas.distance(x / canvas.width, (foot - 133 * canvas.u) / canvas.height)
    canvas.add(canvas.palette.second, np.exp(-((d / 0.012) ** 2)) + 0.5 * np.exp(-d / 0.05))
