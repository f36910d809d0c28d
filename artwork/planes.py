"""Pictures as the encoder takes them: brightness in full, two colours in half the size (YUV 4:2:0, BT.709, 16–235).

A clip is put together in these planes: they hold half as many bytes as RGB, and the encoder converts nothing. A colour
that stands on an odd pixel may be half a pixel off, which nobody sees; brightness, of which edges are made, never is.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops

HALVES = (1, 2, 2)  # by how much each plane is smaller
RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722  # of brightness: ITU-R BT.709-6, 3.2
Planes = tuple[Image.Image, Image.Image, Image.Image]


@dataclass(frozen=True)
class Layer:
    """A picture with transparency, and where its upper left corner lies."""

    planes: Planes
    masks: Planes
    corner: tuple[int, int]


def of(picture: Image.Image) -> Planes:
    """The planes of an RGB picture."""
    bright, *colours = _yuv(np.asarray(picture, np.float32))
    return (_image(bright), *(_image(colour).reduce(2) for colour in colours))


def layer(picture: Image.Image, corner: tuple[int, int] = (0, 0)) -> Layer:
    """An RGBA picture as a layer; what is transparent lends its colour to nothing."""
    pixels = np.asarray(picture, np.float32)
    bright, *colours = _yuv(pixels)
    mask = picture.getchannel("A")
    small = mask.reduce(2)
    weight = np.maximum(np.asarray(small, np.float32), 1)
    alpha = pixels[..., 3] / 255
    planes = [_image(bright)]
    for colour in colours:
        lent = Image.fromarray((colour - 128) * alpha).reduce(2)  # averaged by how much of each pixel is there
        planes.append(_image(128 + np.asarray(lent) * 255 / weight))
    return Layer(tuple(planes), (mask, small, small), corner)


def resized(planes: Planes, size: tuple[int, int], box: tuple[float, float, float, float]) -> Planes:
    """What a box of a picture shows, in another size; the box may begin and end between pixels."""
    return tuple(
        plane.resize(
            (-(-size[0] // half), -(-size[1] // half)),
            Image.Resampling.BILINEAR,
            box=tuple(min(side / half, plane.size[at % 2]) for at, side in enumerate(box)),
        )
        for plane, half in zip(planes, HALVES, strict=True)
    )


def blend(first: Planes, second: Planes, amount: float) -> Planes:
    """One picture turning into another."""
    return tuple(Image.blend(*pair, amount) for pair in zip(first, second, strict=True))


def paste(planes: Planes, over: Layer, amount: float = 1) -> None:
    """Lay a layer over a picture, or a part of its strength."""
    if amount <= 0:
        return
    faded = {}
    for plane, upper, mask, half in zip(planes, over.planes, over.masks, HALVES, strict=True):
        if amount < 1 and half not in faded:
            faded[half] = ImageChops.multiply(mask, Image.new("L", mask.size, round(255 * amount)))
        plane.paste(upper, (over.corner[0] // half, over.corner[1] // half), faded.get(half, mask))


def put(planes: Planes, picture: Planes, corner: tuple[int, int]) -> None:
    """Set a picture into a larger one."""
    for plane, part, half in zip(planes, picture, HALVES, strict=True):
        plane.paste(part, (corner[0] // half, corner[1] // half))


def _yuv(pixels: np.ndarray) -> list[np.ndarray]:
    """Brightness and the two differences of colour, 0–255, of pixels whose first three channels are RGB."""
    red, green, blue = (pixels[..., channel] for channel in range(3))
    bright = RED * red + GREEN * green + BLUE * blue
    by_blue, by_red = ((colour - bright) / (2 * (1 - part)) for colour, part in ((blue, BLUE), (red, RED)))
    return [16 + bright * (219 / 255), 128 + by_blue * (224 / 255), 128 + by_red * (224 / 255)]


def _image(values: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(values + 0.5, 0, 255).astype(np.uint8))
