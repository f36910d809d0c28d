"""Ornaments: hearts and flowers for love, layers of cut paper and flowing lines for nothing in particular."""

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from artwork import texture
from artwork.scenes import lands, things
from artwork.scenes.canvas import Canvas


def love(canvas: Canvas) -> None:
    """A tree of hearts on a hill, or hearts of light above flowers, or a rose."""
    (_tree_of_hearts, _lights, _rose)[canvas.seed % 3](canvas)


def _rose(canvas: Canvas) -> None:
    """A rose; it is soft, so that half the size does."""
    half = Canvas((canvas.width // 2, canvas.height // 2), canvas.palette, canvas.seed)
    _petals(half)
    canvas.pixels = texture.array(
        texture.image(np.clip(half.pixels, 0, 1)).resize(canvas.size, Image.Resampling.LANCZOS)
    ).copy()


def _tree_of_hearts(canvas: Canvas) -> None:
    canvas.sky(0.8)
    canvas.sun(0.5, 0.5, 0.2)
    canvas.clouds(canvas.palette.light, 0.3, 0.7, 0.48, 0.4)
    for at in range(3):
        canvas.land(
            canvas.ridge(0.72 + 0.04 * at, 0.06, 2),
            lands._between(canvas, 0.15 + 0.2 * at),
            canvas.palette.sky[-1],
            0.1,
            0.4,
        )
    hill = 0.88 - 0.07 * np.exp(-(((canvas.x[0] - 0.5) / 0.4) ** 2)).astype(np.float32)
    canvas.land(hill, canvas.palette.near)
    u, foot = canvas.u, float(hill[canvas.width // 2]) * canvas.height + 4 * canvas.u
    wood, _ = things.branches(canvas.width / 2, foot, 190 * u, np.pi / 2, 5, canvas.rng)
    canvas.fill(canvas.palette.near, canvas.shape(lambda draw, f: things.limbs(draw, wood, f)))
    crown = np.reshape(things.heart(0, 0, 1.0), (-1, 2))
    inside = Image.new("L", (200, 200))
    ImageDraw.Draw(inside).polygon([((x + 0.5) * 198, (y + 0.5) * 198) for x, y in crown], fill=1)
    places = [(x, y) for x, y in canvas.rng.random((2000, 2)) if inside.getpixel((int(x * 199), int(y * 199)))]
    shades = (canvas.palette.accent, canvas.palette.second, canvas.palette.light, canvas.palette.accent)
    centre, span = (canvas.width / 2, foot - 400 * u), 660 * u
    for layer, colour in enumerate(shades):

        def hearts(draw: ImageDraw.ImageDraw, f: float, layer: int = layer) -> None:
            for x, y in places[layer::4]:
                px, py = centre[0] + (x - 0.5) * span, centre[1] + (y - 0.5) * span
                size = canvas.rng.uniform(14, 34) * u
                draw.polygon(things.heart(px * f, py * f, size * f, canvas.rng.normal(0, 0.5)), fill=255)

        canvas.fill(colour, canvas.shape(hearts), 0.88)
    _falling_hearts(canvas, foot)


def _falling_hearts(canvas: Canvas, foot: float) -> None:
    u = canvas.u

    def falling(draw: ImageDraw.ImageDraw, f: float) -> None:
        for _ in range(34):
            x, y = canvas.rng.uniform(0, canvas.width), canvas.rng.uniform(0.4 * canvas.height, foot + 60 * u)
            draw.polygon(
                things.heart(x * f, y * f, canvas.rng.uniform(9, 20) * u * f, canvas.rng.normal(0, 1)), fill=255
            )

    canvas.fill(canvas.palette.accent, canvas.shape(falling), 0.85)


def _lights(canvas: Canvas) -> None:
    """Out of focus, as through a wet window: hearts of light in three depths, flowers below."""
    canvas.sky(1.0)
    canvas.pixels *= 0.62 if canvas.palette.dark else 0.78
    p = canvas.palette
    for depth, (count, size, soft) in enumerate(((16, 190, 9), (26, 110, 4), (40, 52, 1.2))):
        for colour in (p.accent, p.second, p.light):

            def hearts(draw: ImageDraw.ImageDraw, f: float, count: int = count, size: float = size) -> None:
                for _ in range(count // 3):
                    x, y = canvas.rng.random() * canvas.width, canvas.rng.random() ** 1.15 * canvas.height * 0.92
                    s = size * canvas.u * canvas.rng.uniform(0.7, 1.25)
                    value = int(canvas.rng.integers(60, 190))
                    turn = canvas.rng.normal(0, 0.25)
                    draw.polygon(things.heart(x * f, y * f, s * f, turn), fill=value)

            mask = canvas.shape(hearts, 1)
            rim = ImageChops.subtract(mask, texture.blur(mask, size * canvas.u * 0.07))
            soft_mask = texture.blur(ImageChops.add(mask.point(lambda v: v * 0.7), rim), soft * canvas.u)
            canvas.add(colour, texture.array(soft_mask) * (0.42 + 0.14 * depth))
    lands._meadow(canvas, np.full(canvas.width, 0.9, np.float32))


def _petals(canvas: Canvas) -> None:
    """Petals around a centre, each over the last, lit from above."""
    canvas.pixels[:] = texture.gradient(
        canvas.distance(0.5, 0.46) / 1.1, [(0, canvas.palette.far), (1, canvas.palette.near)]
    )
    canvas.pixels *= (0.92 + 0.16 * canvas.noise(3, 4))[..., None]
    deep, bright = texture.colour(canvas.palette.accent) * 0.45, texture.colour(canvas.palette.accent)
    glow = texture.mix(bright, texture.colour(canvas.palette.light), 0.45)
    centre = (canvas.width / 2, canvas.height * 0.46)
    for turn in canvas.rng.uniform(0, 2 * np.pi) + np.arange(5) * 2 * np.pi / 5:
        _petal(canvas, centre, 330 * canvas.u, 250 * canvas.u, turn, "#22402f", "#5d8a5a")
    count = 46
    for at in range(count):
        t = at / count
        reach = (300 * (1 - t) ** 0.85 + 26) * canvas.u
        turn = at * 2.399963 + canvas.rng.normal(0, 0.1)
        low, high = texture.mix(bright, deep, t**0.8), texture.mix(glow, bright, t)
        _petal(canvas, centre, reach, reach * (1.25 - 0.3 * t), turn, low, high)


def _petal(canvas: Canvas, centre: tuple[float, float], reach: float, broad: float, turn: float, low, high) -> None:
    """One petal: its shadow on what is below, then itself, brighter towards its rim."""
    low, high = (texture.colour(c) if isinstance(c, str) else c for c in (low, high))
    pad = round(reach * 1.12)
    left, top = round(centre[0] - pad), round(centre[1] - pad)
    side = 2 * pad
    mask = Image.new("L", (side * 2, side * 2))
    outline = []
    for t in np.linspace(0, np.pi, 26):
        along = reach * (1 - np.cos(t)) / 2
        outline.append((along, broad / 2 * np.sin(t) ** 0.6 * (0.35 + 0.65 * along / reach)))
    outline += [(a, -b) for a, b in reversed(outline)]
    c, s = np.cos(turn), np.sin(turn)
    ImageDraw.Draw(mask).polygon([((pad + a * c - b * s) * 2, (pad + a * s + b * c) * 2) for a, b in outline], fill=255)
    mask = mask.reduce(2)
    box = (slice(max(0, top), top + side), slice(max(0, left), left + side))
    part = canvas.pixels[box]
    cut = (slice(max(0, -top), max(0, -top) + part.shape[0]), slice(max(0, -left), max(0, -left) + part.shape[1]))
    shade = texture.array(texture.blur(mask, reach * 0.07))[cut]
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) - pad
    along = np.clip((x * c + y * s) / reach, 0, 1)[cut]
    across = np.abs((-x * s + y * c) / broad)[cut]
    tone = along**1.5 * 0.85 + across * 0.25 - 0.16 * s
    part *= (1 - 0.42 * shade)[..., None]
    part[:] = texture.mix(part, texture.mix(low, high, np.clip(tone, 0, 1)), texture.array(mask)[cut])


def abstract(canvas: Canvas) -> None:
    """Cut paper in layers, or lines that flow like water around stones."""
    (_cut_paper, _flow)[canvas.seed % 2](canvas)


def _cut_paper(canvas: Canvas) -> None:
    """Sheets with holes over one another, each throwing its shadow on the next; light from the middle."""
    p = canvas.palette
    stops = [(0, p.light), (0.22, p.second), (0.45, p.accent), (0.7, p.sky[1]), (1, p.near)]
    layers, fibre = 8, 1 + 0.05 * (canvas.noise(160, 200, 2) - 0.5)
    canvas.pixels[:] = texture.colour(p.light)
    swell = 0.5 * canvas.noise(1.6, 2.0, 2) + 0.5 * np.clip(
        canvas.distance(canvas.rng.uniform(0.35, 0.65), 0.45) * 1.2, 0, 1
    )
    swell = (swell - swell.min()) / np.ptp(swell)
    for at in range(layers):
        level = 0.12 + 0.76 * at / layers
        height = swell + (canvas.noise(2.4, 3, 2) - 0.5) * 0.12
        slope = np.hypot(*np.gradient(height)) + 1e-6
        sheet = np.clip((height - level) / slope + 0.5, 0, 1)
        shade = texture.blur(Image.fromarray((sheet * 255).astype(np.uint8)), 16 * canvas.u)
        dark = texture.moved(texture.array(shade), 8 * canvas.u, 14 * canvas.u)
        canvas.pixels *= (1 - 0.55 * dark)[..., None]
        tint = texture.gradient(np.float32((at + 1) / layers), stops)
        rim = np.exp(-np.clip((height - level) / slope, 0, None) / (3 * canvas.u)) * 0.12
        canvas.fill((tint * (fibre + rim)[..., None]).astype(np.float32), sheet)


def _flow(canvas: Canvas) -> None:
    """Thousands of strokes along a field, coloured by where they began."""
    p = canvas.palette
    canvas.pixels[:] = texture.gradient(canvas.y + 0 * canvas.x, [(0, p.near), (1, p.near)])
    field = texture.noise((240, 300), (2.2, 2.8), canvas.seed, 2) * 2.3 * np.pi
    colours = [p.sky[0], p.sky[2], p.far, p.accent, p.second, p.light]
    sheet = texture.image(canvas.pixels).resize((canvas.width * 2, canvas.height * 2))
    draw = ImageDraw.Draw(sheet)
    x, y = canvas.rng.random((2, 2000)) * ((240,), (300,))
    tones = ((x / 240 * 2 + y / 300 * 3 + canvas.rng.normal(0, 0.6, x.size)) % len(colours)).astype(int)
    paths = []
    for _ in range(60):
        paths.append((x * canvas.width / 120, y * canvas.height / 150))
        angle = field[np.clip(y, 0, 299).astype(int), np.clip(x, 0, 239).astype(int)]
        x, y = x + np.cos(angle), y + np.sin(angle)
    lengths = canvas.rng.integers(14, 60, x.size)
    for stroke, length, tone in zip(np.array(paths).transpose(2, 0, 1), lengths, tones, strict=True):
        width = max(1, round(canvas.u * 2 * canvas.rng.choice((2, 3, 5, 8))))
        draw.line(stroke[:length].ravel().tolist(), fill=colours[tone], width=width, joint="curve")
        r = width / 2
        for px, py in (stroke[0], stroke[length - 1]):
            draw.ellipse((px - r, py - r, px + r, py + r), fill=colours[tone])
    canvas.pixels = texture.array(sheet.reduce(2)).copy()
