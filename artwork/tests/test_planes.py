"""Planes hold the colours that BT.709 gives them, and layers leave no seam."""

import numpy as np
from PIL import Image

from artwork import planes


def test_colours_are_those_of_bt_709():
    colours = {"white": (235, 128, 128), "black": (16, 128, 128), "red": (63, 102, 240), "blue": (32, 240, 118)}
    for name, expected in {**colours, "lime": (173, 42, 26)}.items():
        found = tuple(plane.getpixel((0, 0)) for plane in planes.of(Image.new("RGB", (4, 4), name)))
        assert np.abs(np.subtract(found, expected)).max() <= 1, name


def test_what_is_transparent_lends_no_colour():
    card = Image.new("RGBA", (6, 6), (255, 0, 0, 0))
    card.paste((0, 0, 255, 255), (1, 1, 5, 5))  # odd edges: half of what a colour covers is clear
    picture = planes.of(Image.new("RGB", (9, 9), "blue"))  # odd sides
    before = [plane.tobytes() for plane in picture]
    planes.paste(picture, planes.layer(card, (2, 2)))
    after = [np.frombuffer(plane.tobytes(), np.uint8).astype(int) for plane in picture]
    for was, now in zip(before, after, strict=True):
        assert np.abs(np.frombuffer(was, np.uint8) - now).max() <= 1
    planes.paste(picture, planes.layer(Image.new("RGBA", (9, 9), "red")), 0.5)
    assert abs(picture[0].getpixel((4, 4)) - (63 + 32) / 2) <= 1
