"""A recipe becomes its files: the clip, its poster, the framed picture, the print."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from PIL import Image

from artwork import bidi, encode, stills, typeset, words
from artwork.compose import Composition
from artwork.fonts import Face
from artwork.motion import Film
from artwork.recipe import Recipe, Rendered
from artwork.words import Unrenderable

__all__ = ["Recipe", "Rendered", "Unrenderable", "check", "render"]

CLIP = (864, 1080)
PRINT, DPI = (2400, 3000), (300, 300)  # 8 × 10 inches
SMALLER = 1280 / 2400  # of the print: the framed picture
PATIENCE = 12.0  # seconds that the encoder may take for a second of clip, and at least for any
Progress = Callable[[str, float], None]


def check(title: str, author: str, text: str, language: str) -> None:
    """Whether this text can be set at all; raises Unrenderable. Costs little: ask before work is queued or paid for."""
    lines = [words.line(title, words.TITLE, "title"), words.line(author, words.AUTHOR, "author's name")]
    for line in [*lines, *(verse for stanza in words.stanzas(text) for verse in stanza)]:
        typeset.runs(line, Face(language=language), bidi.is_rtl(line))


def render(
    recipe: Recipe, folder: Path, progress: Progress, size: tuple[int, int] = CLIP, sheet_size: tuple[int, int] = PRINT
) -> Rendered:
    """Make all files of a cut in a folder. `progress` hears the step and how far it is, from 0 to 1; what it raises
    ends the render at once. Nothing stays in the folder unless all of it is there."""
    names = ("clip.mp4", "poster.jpg", "picture.png", "print.jpg")
    video, poster, picture, sheet = files = [folder / name for name in names]
    try:
        progress("Setting the type", 0.0)
        composition = Composition(recipe, size)
        if not recipe.images:
            raise Unrenderable("Choose a picture for the poem first.")
        film = Film(composition)
        progress("Setting the type", 1.0)
        seconds = film.count / encode.FPS
        frames = _told(film.frames(), film.count, progress)
        encode.clip(frames, size, seconds, recipe.music, video, max(60.0, PATIENCE * seconds))
        progress("Printing the picture", 0.0)
        stills.poster(composition).save(poster, quality=88, optimize=True, progressive=True)
        _print(recipe, picture, sheet, sheet_size, progress)
    except BaseException:
        for path in files:
            path.unlink(missing_ok=True)
        raise
    progress("Printing the picture", 1.0)
    return Rendered(video, poster, picture, sheet, round(seconds * 1000), *size)


def _told(frames: Iterable[bytes], count: int, progress: Progress) -> Iterator[bytes]:
    """The frames, with a word on how far they are twice a second of clip."""
    for number, frame in enumerate(frames):
        if number % (encode.FPS // 2) == 0:
            progress("Filming", number / count)
        yield frame


def _print(recipe: Recipe, picture: Path, sheet: Path, size: tuple[int, int], progress: Progress) -> None:
    """The framed picture in the size of a print, and smaller as a PNG."""
    framed = stills.framed(Composition(recipe, size, detail=0.5))
    progress("Printing the picture", 0.6)
    framed.save(sheet, quality=90, dpi=DPI, subsampling=0)
    small = tuple(round(side * SMALLER) for side in size)
    framed.resize(small, Image.Resampling.LANCZOS).save(picture, compress_level=4)
