"""Land: ranges of hills with a lake, a tree through the seasons, the night sky above mountains."""

import numpy as np
from PIL import Image, ImageDraw

from artwork import texture
from artwork.scenes import things
from artwork.scenes.canvas import Canvas
from artwork.texture import Array


def _between(canvas: Canvas, t: float) -> Array:
    """The colour of a layer: far at 0, near at 1."""
    return texture.mix(texture.colour(canvas.palette.far), texture.colour(canvas.palette.near), t)


def _light(canvas: Canvas, horizon: float) -> tuple[float, float]:
    """A sun or a moon somewhere above the horizon."""
    x, y = canvas.rng.uniform(0.26, 0.74), horizon - canvas.rng.uniform(0.1, 0.24)
    if canvas.palette.dark:
        canvas.stars(420, horizon)
        canvas.moon(x, y - 0.08, canvas.rng.uniform(0.05, 0.075))
    else:
        canvas.sun(x, y, canvas.rng.uniform(0.05, 0.09))
    return x, y


def _ranges(canvas: Canvas, top: float, bottom: float, layers: int, sharp: float = 1.4) -> list[Array]:
    """Ranges behind one another, the air between them."""
    lines = []
    for at in range(layers):
        t = at / max(1, layers - 1)
        base = top + (bottom - top) * t**1.15
        line = canvas.ridge(base, 0.2 - 0.09 * t, 2.0 + 1.6 * t, peak=sharp)
        canvas.land(line, _between(canvas, 0.06 + 0.66 * t), canvas.palette.sky[-1], 0.16, 0.5 - 0.3 * t)
        lines.append(line)
    return lines


def _forest(canvas: Canvas, line: Array, height: float, colour: str | Array, density: float) -> None:
    """Spruces along a line; `height` is in heights of the canvas."""

    def trees(draw: ImageDraw.ImageDraw, f: float) -> None:
        x, step = 0.0, height * canvas.height * 0.2 / density
        while x < canvas.width:
            tall = height * canvas.height * canvas.rng.uniform(0.5, 1.15)
            foot = line[min(canvas.width - 1, int(x))] * canvas.height + tall * 0.12
            things.pine(draw, x * f, foot * f, tall * f, canvas.rng)
            x += step * canvas.rng.uniform(0.4, 1.6)

    canvas.fill(colour, canvas.shape(trees))


def _flock(canvas: Canvas, x: float, y: float) -> None:
    def flock(draw: ImageDraw.ImageDraw, f: float) -> None:
        span = 17 * canvas.u * f
        things.birds(
            draw, x * canvas.width * f, y * canvas.height * f, span, int(canvas.rng.integers(6, 13)), canvas.rng
        )

    canvas.fill(canvas.palette.near, canvas.shape(flock), 0.85)


def nature(canvas: Canvas) -> None:
    """Mountains in the morning: every other one with a lake, the rest with a meadow of flowers or a wood."""
    horizon = canvas.rng.uniform(0.5, 0.58)
    canvas.sky(horizon + 0.12)
    x, y = _light(canvas, horizon - 0.04)
    canvas.clouds(canvas.palette.light, 0.1, horizon - 0.1, 0.5, 0.5)
    variant = canvas.seed % 3
    if variant == 0:
        lines = _ranges(canvas, horizon - 0.04, horizon + 0.1, 4)
        _forest(canvas, np.minimum(lines[-1], 0.71), 0.07, _between(canvas, 0.85), 1.2)
        canvas.water(0.7)
        canvas.glitter(x, 0.7, 0.05)
        shore = canvas.ridge(0.965, 0.06, 2.5)
        _forest(canvas, shore, 0.2, canvas.palette.near, 0.9)
        canvas.land(shore, canvas.palette.near)
    else:
        _ranges(canvas, horizon - 0.02, 0.82, 6, 1.4 if variant == 1 else 1.0)
        shore = canvas.ridge(0.86, 0.09, 1.6)
        if variant == 1:
            _forest(canvas, shore, 0.24, canvas.palette.near, 0.8)
        canvas.land(shore, canvas.palette.near)
        if variant == 2:
            _meadow(canvas, shore)
    _flock(canvas, x + canvas.rng.uniform(-0.2, 0.2), y - 0.12)


def _meadow(canvas: Canvas, line: Array) -> None:
    """Grass and flowers in the foreground, larger and lower towards us."""
    colours = (canvas.palette.accent, canvas.palette.second, canvas.palette.light)
    grass = canvas.rng.uniform(0, 1, (900, 4))

    def blades(draw: ImageDraw.ImageDraw, f: float) -> None:
        for gx, gy, lean, tall in grass:
            x = gx * canvas.width * f
            y = (line[int(gx * (canvas.width - 1))] + gy * 0.12) * canvas.height * f
            h = (18 + 50 * tall) * (0.6 + gy) * canvas.u * f
            draw.line((x, y, x + (lean - 0.5) * h * 0.7, y - h), fill=255, width=max(1, round(1.8 * canvas.u * f)))

    canvas.fill(canvas.palette.near, canvas.shape(blades))
    for layer, colour in enumerate(colours):

        def flowers(draw: ImageDraw.ImageDraw, f: float, layer: int = layer) -> None:
            for _ in range(150 - 30 * layer):
                gx, gy = canvas.rng.random(), canvas.rng.random() ** 0.8
                x, y = (
                    gx * canvas.width * f,
                    (line[int(gx * (canvas.width - 1))] - 0.012 + gy * 0.17) * canvas.height * f,
                )
                r = (2.5 + 9 * gy) * canvas.rng.uniform(0.6, 1.2) * canvas.u * f
                for turn in np.arange(5) * 2 * np.pi / 5 + canvas.rng.random():
                    draw.polygon(things.petal(x, y, r * 1.5, r * 1.1, turn), fill=255)

        canvas.fill(colour, canvas.shape(flowers), 0.9)


def night(canvas: Canvas) -> None:
    """The milky way or northern lights above ranges and a still lake."""
    horizon = 0.66
    top, low = texture.colour("#04071a"), texture.colour(canvas.palette.sky[-2 if canvas.palette.dark else 1]) * 0.55
    canvas.pixels[:] = texture.mix(top, low, texture.smooth(0, horizon + 0.15, canvas.y)[..., None] + 0 * canvas.pixels)
    if canvas.seed % 2:
        _milky_way(canvas, horizon)
    else:
        _aurora(canvas, horizon)
    canvas.stars(900, horizon + 0.05)
    tone = texture.colour("#0b1230")
    for at in range(4):
        t = at / 3
        line = canvas.ridge(horizon - 0.06 + 0.07 * t, 0.13 - 0.07 * t, 2.4 + 2 * t, peak=1.5)
        canvas.land(line, texture.mix(low, tone, 0.35 + 0.55 * t) * 0.6, canvas.palette.sky[-2], 0.1, 0.16)
    _forest(canvas, np.full(canvas.width, horizon + 0.055, np.float32), 0.05, "#04060f", 1.2)
    canvas.palette = type(canvas.palette)(**{**vars(canvas.palette), "near": "#050818"})
    canvas.water(horizon + 0.06, calm=2.2)
    shore = canvas.ridge(0.97, 0.05, 2)
    _forest(canvas, shore, 0.17, "#02030a", 0.7)
    canvas.land(shore, "#02030a")


def _milky_way(canvas: Canvas, horizon: float) -> None:
    angle = canvas.rng.uniform(-0.5, 0.5)
    across = (canvas.x - 0.5) * np.cos(angle) - (canvas.y - horizon * 0.5) * canvas.aspect * np.sin(angle)
    dust = canvas.noise(4, 6, 6)
    band = np.exp(-(((across + (dust - 0.5) * 0.16) / 0.15) ** 2))
    lanes = texture.smooth(0.42, 0.7, canvas.noise(5, 8, 6)) * np.exp(-((across / 0.07) ** 2))
    canvas.add("#b9c3f2", band * (0.2 + 0.4 * dust))
    canvas.add(canvas.palette.accent, band * texture.smooth(0.5, 0.9, dust) * 0.26)
    canvas.pixels *= (1 - 0.4 * lanes)[..., None]
    specks = texture.smooth(2.7, 3.6, np.abs(texture.grain(canvas.size, canvas.seed + 9))) * band
    canvas.add("#ffffff", specks * 0.8)


def _aurora(canvas: Canvas, horizon: float) -> None:
    """Curtains that hang from waving lines, green below and violet above."""
    for colour, height, where in (("#3df2a4", 0.3, 0.5), ("#58d8ff", 0.24, 0.4), ("#b06bff", 0.34, 0.33)):
        line = canvas.ridge(where, 0.22, 1.3, 3)
        folds = texture.resize(
            canvas.rng.random((1, round(canvas.rng.uniform(60, 110))), np.float32), (canvas.width, 1)
        )
        broad = texture.resize(canvas.rng.random((1, 9), np.float32), (canvas.width, 1))
        up = line[None, :] - canvas.y
        curtain = np.exp(-np.clip(up, 0, None) / height * 3.2) * texture.smooth(-0.03, 0.012, up)
        strength = np.clip(0.25 + 0.75 * folds, 0, 1) * np.clip(broad * 1.3, 0, 1)
        canvas.add(colour, curtain * strength * 0.62)
    canvas.add("#1c6b58", 0.25 * texture.smooth(0.2, horizon, canvas.y))


def seasons(canvas: Canvas) -> None:
    """One tree on a hill: blossom, leaves, falling leaves or snow, as the palette has it."""
    canvas.sky(0.78)
    x, _ = _light(canvas, 0.5)
    canvas.clouds(canvas.palette.light, 0.08, 0.5, 0.52, 0.55)
    for at in range(3):
        canvas.land(
            canvas.ridge(0.62 + 0.06 * at, 0.07, 1.6 + at),
            _between(canvas, 0.1 + 0.2 * at),
            canvas.palette.sky[-1],
            0.14,
            0.5,
        )
    hill = 0.86 - 0.09 * np.exp(-(((canvas.x[0] - 0.5) / 0.5) ** 2)).astype(np.float32)
    snowy = canvas.palette.light == "#fff6e6"
    canvas.land(hill, "#eef2f6" if snowy else _between(canvas, 0.72))
    if snowy:
        canvas.fill("#a9bdd2", texture.smooth(0.45, 0.8, canvas.noise(3, 12)) * (canvas.y > hill[None, :]), 0.5)
    else:
        _meadow(canvas, hill)
    stand = 0.36 if x > 0.5 else 0.64
    foot = float(hill[int(stand * canvas.width)]) * canvas.height + 6 * canvas.u
    wood, tips = things.branches(stand * canvas.width, foot, 172 * canvas.u, np.pi / 2, 7, canvas.rng)
    canvas.fill(texture.colour(canvas.palette.near) * 0.7, canvas.shape(lambda draw, f: things.limbs(draw, wood, f)))
    _leaves(canvas, tips, foot, "#ffffff" if snowy else None)


def _leaves(canvas: Canvas, tips: list[tuple[float, float]], foot: float, snow: str | None) -> None:
    """Leaves in three shades around the tips, some of them on their way down."""
    p = canvas.palette
    shades = (p.light, p.second, p.accent)
    for layer, colour in enumerate(shades):
        mask = Image.new("L", (canvas.width * 2, canvas.height * 2))
        draw = ImageDraw.Draw(mask)
        few = 1 if snow else 3
        for x, y in tips:
            for _ in range(few):
                lx, ly = x + canvas.rng.normal(0, 15 * canvas.u), y + canvas.rng.normal(-4, 13 * canvas.u)
                _leaf(draw, lx * 2, ly * 2, canvas, 0.55 if snow else 1.0)
        for _ in range(70 if snow else 26):
            lx, ly = canvas.rng.uniform(0, canvas.width), canvas.rng.uniform(0.2 * canvas.height, foot + 90 * canvas.u)
            _leaf(draw, lx * 2, ly * 2, canvas, 0.5 if snow else 0.9)
        canvas.fill(snow or colour, mask.reduce(2), (0.9, 0.8, 0.62)[layer])


def _leaf(draw: ImageDraw.ImageDraw, x: float, y: float, canvas: Canvas, scale: float) -> None:
    length = canvas.rng.uniform(9, 19) * canvas.u * 2 * scale
    draw.polygon(things.petal(x, y, length, length * 0.55, canvas.rng.uniform(0, 2 * np.pi)), fill=255)
