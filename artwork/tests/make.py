"""Small recipes for tests."""

import wave
from pathlib import Path

import numpy as np
from PIL import Image

from artwork.recipe import Recipe

POEM = "The lake has kept the evening light\nand folds it, gently, into night."


def make_picture(folder: Path, name: str = "picture.png", size=(200, 250)) -> Path:
    """Stripes from black to white, the hardest ground for type."""
    stripes = np.tile(np.linspace(0, 8 * np.pi, size[0]), (size[1], 1))
    pixels = ((np.sin(stripes) + 1) * 127.5).astype(np.uint8)
    Image.fromarray(pixels).convert("RGB").save(folder / name)
    return folder / name


def make_music(folder: Path, seconds: float = 3.0, level: float = 0.05) -> Path:
    """A quiet tone as a WAV file."""
    at = np.arange(int(44100 * seconds)) / 44100
    with wave.open(str(folder / "music.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes((level * np.sin(2 * np.pi * 330 * at) * 32767).astype("<i2").tobytes())
    return folder / "music.wav"


def make_recipe(folder: Path, **changes) -> Recipe:
    given = {
        "title": "Evening",
        "author": "Mara Lindqvist",
        "text": POEM,
        "language": "en",
        "images": (make_picture(folder),),
        "frame": "passe-partout",
        "style": "plain-paper",
    }
    return Recipe(**given | changes)
