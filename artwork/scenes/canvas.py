"""A canvas for scenes: skies, ridges, water, clouds and silhouettes laid over one another from far to near."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from artwork import texture
from artwork.scenes.palettes import Palette
from artwork.texture import Array, Size


class Canvas:
    """Pixels that grow from the sky to the foreground. Sizes are in thousandths of the width (`u`)."""

    def __init__(self, size: Size, palette: Palette, seed: int):
        self.size, self.palette, self.seed = size, palette, seed
        self.width, self.height = size
        self.u = size[0] / 1000
        self.rng = np.random.default_rng(seed)
        self.x, self.y = texture.grid(size)
        self.aspect = size[1] / size[0]
        self.pixels = np.zeros((size[1], size[0], 3), np.float32)

    def noise(self, across: float, down: float, octaves: int = 4) -> Array:
        """Fresh noise for this canvas."""
        return texture.noise(self.size, (across, down), int(self.rng.integers(1 << 30)), octaves)

    def sky(self, horizon: float) -> None:
        """The sky down to the horizon, brighter near it."""
        stops = [(horizon * at / (len(self.palette.sky) - 1), name) for at, name in enumerate(self.palette.sky)]
        self.pixels[:] = texture.gradient(self.y, stops)
        tone = self.noise(2, 2, 3) - 0.5
        self.pixels *= (1 + 0.07 * tone)[..., None]

    def fill(self, colour: str | Array, mask: Array | Image.Image, strength: float = 1.0) -> None:
        """A colour through a mask; only the rows that the mask touches are worked on."""
        mask = texture.array(mask) if isinstance(mask, Image.Image) else mask
        rows = np.flatnonzero(mask.max(1) > 0.002)
        if not rows.size:
            return
        part = slice(rows[0], rows[-1] + 1)
        paint = texture.colour(colour) if isinstance(colour, str) else colour
        paint = paint[part] if paint.ndim == 3 else paint
        self.pixels[part] = texture.mix(self.pixels[part], paint, mask[part] * strength)

    def add(self, colour: str, light: Array) -> None:
        """Light on top of what is there, which never burns out."""
        glow = np.clip(light, 0, 1)[..., None] * texture.colour(colour)
        self.pixels = 1 - (1 - np.clip(self.pixels, 0, 1)) * (1 - glow)

    def distance(self, x: float, y: float) -> Array:
        """How far from a point, in widths."""
        return np.sqrt((self.x - x) ** 2 + ((self.y - y) * self.aspect) ** 2)

    def sun(self, x: float, y: float, radius: float) -> None:
        """A disc with its halo."""
        d = self.distance(x, y)
        self.add(self.palette.light, 0.6 * np.exp(-d * 5) + 0.35 * np.exp(-((d / (radius * 2.6)) ** 2)))
        self.fill(self.palette.light, texture.smooth(radius + 1.2 / self.width, radius - 1.2 / self.width, d))

    def moon(self, x: float, y: float, radius: float) -> None:
        """A full moon with its seas, in a glow."""
        d = self.distance(x, y)
        self.add(self.palette.second, 0.5 * np.exp(-d * 6))
        self.add(self.palette.light, 0.5 * np.exp(-((d / (radius * 2)) ** 2)))
        spots = texture.smooth(0.5, 0.8, self.noise(1.2 / radius, 1.2 / radius * self.aspect, 4))
        face = texture.mix(texture.colour(self.palette.light), texture.colour("#c3cbd6"), spots * 0.7)
        self.fill(face, texture.smooth(radius + 1 / self.width, radius - 1 / self.width, d))

    def stars(self, count: int, below: float) -> None:
        """Stars of every size, the large ones with a glimmer."""

        def points(draw: ImageDraw.ImageDraw, f: float) -> None:
            for _ in range(count):
                x, y = self.rng.random() * self.width, self.rng.random() ** 1.3 * self.height * below
                r = self.u * min(3.2, 0.55 + self.rng.pareto(3.2) * 0.6)
                value = int(self.rng.integers(70, 255))
                draw.ellipse(((x - r) * f, (y - r) * f, (x + r) * f, (y + r) * f), fill=value)

        mask = self.shape(points)
        fade = texture.smooth(below, below * 0.4, self.y)
        self.add("#fff6e4", np.maximum(texture.array(mask), texture.array(texture.blur(mask, 3 * self.u)) * 1.4) * fade)

    def clouds(self, colour: str, low: float, high: float, cover: float, strength: float = 0.7) -> None:
        """Banks of cloud, flat below, lit from above."""
        body = self.noise(2.2, 9, 5)
        band = texture.smooth(low - 0.1, low + 0.06, self.y) * texture.smooth(high + 0.12, high - 0.06, self.y)
        mask = texture.smooth(1 - cover, 1 - cover + 0.32, body) * band
        self.fill(colour, mask * strength)

    def ridge(self, base: float, rise: float, cells: float, octaves: int = 6, peak: float = 1.0) -> Array:
        """The heights of a range of hills over x, as y from above; `peak` above 1 sharpens the tops."""
        line, weight = np.zeros(self.width, np.float32), 0.0
        for octave in range(octaves):
            points = self.rng.random(max(3, round(cells * 2**octave) + 3))
            at = np.linspace(0, len(points) - 1, self.width)
            left, t = np.floor(at).astype(int).clip(0, len(points) - 2), at % 1
            t = t if peak > 1 and octave > 1 else t * t * (3 - 2 * t)
            line += (points[left] + (points[left + 1] - points[left]) * t) * 0.46**octave
            weight += 0.46**octave
        line = (line / weight) ** peak
        return base - rise * (line - line.mean()) / max(1e-6, np.ptp(line))

    def land(
        self, line: Array, colour: str | Array, haze: str | None = None, depth: float = 0.2, thick: float = 0.5
    ) -> None:
        """Everything below a line; haze gathers at its foot."""
        edge = (self.y - line[None, :]) * self.height
        self.fill(colour, np.clip(edge + 0.5, 0, 1))
        if haze:
            self.fill(haze, texture.smooth(0, depth * self.height, edge) * thick)

    def shape(self, drawing: Callable[[ImageDraw.ImageDraw, float], None], factor: int = 2) -> Image.Image:
        """A mask out of lines and polygons with soft edges; the drawing multiplies its coordinates."""
        mask = Image.new("L", (self.width * factor, self.height * factor))
        drawing(ImageDraw.Draw(mask), factor)
        return mask.reduce(factor)

    def water(self, horizon: float, calm: float = 1.0) -> None:
        """What stands above the horizon, upside down and broken by ripples, ever darker towards us."""
        top = round(horizon * self.height)
        rows = self.height - top
        depth = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
        ripple = texture.noise((self.width, rows), (9, 70), self.seed + 5, 3) - 0.5
        stretch = 0.9 * horizon / max(0.05, 1 - horizon) if horizon < 0.5 else 1.0
        source = top - 1 - (np.arange(rows)[:, None] * stretch + ripple * self.height * 0.09 * (0.12 + depth) / calm)
        across = np.arange(self.width)[None, :] + ripple * self.width * 0.03 * (0.3 + depth) / calm
        mirrored = self.pixels[np.clip(source, 0, top - 1).astype(int), np.clip(across, 0, self.width - 1).astype(int)]
        tint = texture.colour(self.palette.near)
        self.pixels[top:] = texture.mix(mirrored, tint, 0.16 + 0.4 * depth[..., None] + 0.12 * ripple[..., None])

    def glitter(self, x: float, horizon: float, spread: float = 0.06) -> None:
        """The path of light that sun or moon lays on water."""
        down = np.clip((self.y - horizon) / (1 - horizon), 0, 1)
        wave = self.noise(26, 150, 2)
        path = np.exp(-(((self.x - x) / (spread * (0.35 + 2.2 * down))) ** 2))
        sparks = texture.smooth(0.56, 0.74, wave) * path * (self.y > horizon) * (1 - 0.5 * down)
        self.add(self.palette.light, sparks * 0.95 + 0.12 * path * (self.y > horizon))

    def finish(self, grain: float = 0.018, vignette: float = 0.22) -> Image.Image:
        """A last touch of grain and darker corners."""
        d = ((self.x - 0.5) ** 2 + (self.y - 0.5) ** 2) * 2
        self.pixels *= (1 - vignette * d**1.4)[..., None]
        self.pixels += (grain * texture.grain(self.size, self.seed))[..., None]
        return texture.image(np.clip(self.pixels, 0, 1))
