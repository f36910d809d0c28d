"""Arithmetic on pictures: arrays of float32 from 0 to 1, height × width (× 3). Noise, light, paper, wood, shadows."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

Array = NDArray[np.float32]
Size = tuple[int, int]  # width, height, as Pillow has it


def colour(hexadecimal: str) -> Array:
    """#rrggbb as an array of three."""
    return np.array([int(hexadecimal[at : at + 2], 16) for at in (1, 3, 5)], np.float32) / 255


def array(image: Image.Image) -> Array:
    """A picture as an array."""
    return np.asarray(image, np.float32) / 255


def image(pixels: Array) -> Image.Image:
    """An array as a picture, dithered so that soft gradients show no bands."""
    noise = np.random.default_rng(7).random((64, 64), np.float32)
    height, width = pixels.shape[:2]
    tiled = np.tile(noise, (height // 64 + 1, width // 64 + 1))[:height, :width]
    scaled = pixels * 255 + (tiled[..., None] if pixels.ndim == 3 else tiled)
    return Image.fromarray(np.clip(scaled, 0, 255).astype(np.uint8))


def mix(a: Array, b: Array, amount: Array | float) -> Array:
    """From a to b; an amount of two dimensions counts for every channel."""
    if isinstance(amount, np.ndarray) and amount.ndim == 2:
        amount = amount[..., None]
    return a + (b - a) * amount


def smooth(low: float, high: float, value: Array) -> Array:
    """0 below low, 1 above high, an S between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def grid(size: Size) -> tuple[Array, Array]:
    """x and y of every pixel, 0 to 1, as a row and a column that broadcast."""
    return np.linspace(0, 1, size[0], dtype=np.float32)[None, :], np.linspace(0, 1, size[1], dtype=np.float32)[:, None]


def resize(pixels: Array, size: Size) -> Array:
    """One channel in another size, smoothly."""
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC), np.float32)


def noise(size: Size, cells: tuple[float, float], seed: int, octaves: int = 4) -> Array:
    """Fractal noise from 0 to 1; `cells` says how many hills go across and down at first."""
    if max(size) > 300 and max(cells[0] / size[0], cells[1] / size[1]) * 2**octaves < 0.5:  # nothing so fine in it
        return resize(noise((size[0] // 2, size[1] // 2), cells, seed, octaves), size)
    rng = np.random.default_rng(seed)
    total, weight = np.zeros((size[1], size[0]), np.float32), 0.0
    for octave in range(octaves):
        across, down = (max(2, min(round(cells[at] * 2**octave) + 3, size[at])) for at in (0, 1))
        total += resize(rng.random((down, across), np.float32), size) * 0.5**octave
        weight += 0.5**octave
    total /= weight
    return np.clip((total - 0.5) * 1.7 + 0.5, 0, 1)


def grain(size: Size, seed: int = 3) -> Array:
    """Fine noise around 0, such as film has."""
    return np.random.default_rng(seed).standard_normal((size[1], size[0]), np.float32)


def gradient(position: Array, stops: list[tuple[float, str]]) -> Array:
    """Colours along a position from 0 to 1."""
    at = [stop for stop, _ in stops]
    values = np.array([colour(name) for _, name in stops])
    return np.stack([np.interp(position, at, values[:, channel]) for channel in range(3)], -1).astype(np.float32)


def luminance(pixels: Array) -> Array:
    """Relative luminance as WCAG has it."""
    linear = np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
    return (linear @ np.array([0.2126, 0.7152, 0.0722], np.float32)).astype(np.float32)


def grey(pixels: Array) -> Array:
    """How light it looks, from 0 to 1."""
    return pixels @ np.array([0.299, 0.587, 0.114], np.float32)


def blur(mask: Image.Image, radius: float) -> Image.Image:
    """A soft copy; large radii are done in a smaller size, which nobody sees."""
    if radius < 8:
        return mask.filter(ImageFilter.GaussianBlur(radius))
    factor = radius / 4
    small = mask.resize(tuple(max(1, round(side / factor)) for side in mask.size), Image.Resampling.BILINEAR)
    return small.filter(ImageFilter.GaussianBlur(4)).resize(mask.size, Image.Resampling.BICUBIC)


def moved(pixels: Array, right: float, down: float) -> Array:
    """One channel a little further right and down; what comes in is what stood at the edge."""
    across, below = round(right), round(down)
    return np.pad(pixels, ((below, 0), (across, 0)), mode="edge")[: pixels.shape[0], : pixels.shape[1]]


def inner_shadow(hole: Image.Image, radius: float, offset: tuple[float, float], strength: float) -> Image.Image:
    """The shadow that an edge throws into a hole (white where the hole is): how dark each pixel of the hole gets."""
    solid = ImageChops.offset(ImageChops.invert(hole), round(offset[0]), round(offset[1]))
    dark = blur(solid, radius).point(lambda value: value * strength)
    return ImageChops.multiply(dark, hole)


def emboss(height: Array, light: tuple[float, float] = (-0.7, -0.7)) -> Array:
    """How much light a relief catches, around 0."""
    dy, dx = np.gradient(height)
    return dx * -light[0] + dy * -light[1]


def wood(size: Size, seed: int, dark: str, fair: str, across: bool = True) -> Array:
    """Planed wood with its rings and fibres running across, or down."""
    w, h = size if across else size[::-1]
    warp = noise((w, h), (0.6, 4), seed, 2)
    rings = np.sin((np.linspace(0, 16, h, dtype=np.float32)[:, None] + warp * 5) * 3.1) * 0.5 + 0.5
    fibre = noise((w, h), (max(4, w / 140), h / 2.2), seed + 1, 2)
    tone = np.clip(rings * 0.55 + fibre * 0.6 - 0.1, 0, 1)
    pixels = mix(colour(dark), colour(fair), tone)
    return pixels if across else np.swapaxes(pixels, 0, 1)


def paper(size: Size, seed: int, tint: str, rough: float = 1.0) -> Array:
    """Laid paper: a tint with clouds, fibres and the tooth of the sheet."""
    clouds = noise(size, (4, 5), seed, 3) - 0.5
    tooth = emboss(noise(size, (size[0] / 5, size[1] / 5), seed + 1, 2))
    light = 1 + rough * (clouds * 0.07 + tooth * 0.11 + grain(size, seed) * 0.008)
    return np.clip(colour(tint) * light[..., None], 0, 1)
