"""The clip frame by frame: a slow pan over the pictures, cards that come and go, in the frame."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from PIL import Image

from artwork import planes
from artwork.compose import Composition
from artwork.encode import FPS
from artwork.planes import Layer, Planes

ENTER, LEAVE, CROSS = 0.9, 0.6, 1.6  # seconds: a card comes, a card goes, one picture becomes the next
OPENING, ENDING = 3.4, 3.2


@dataclass(frozen=True)
class Scene:
    """A card on the time line."""

    layer: Image.Image
    corner: tuple[int, int]
    start: float
    end: float

    def presence(self, at: float) -> float:
        """How much of it is there at a time, eased."""
        return _ease(min((at - self.start) / ENTER, (self.end - at) / LEAVE, 1.0))


def _ease(t: float) -> float:
    t = max(0.0, min(1.0, t))
    return t * t * (3 - 2 * t)


class Film:
    """All that moves in a composition, laid on a time line."""

    def __init__(self, composition: Composition):
        c = self.composition = composition
        lines = c.lines(1.0)
        blocks = [(page.width, page.height) for page in c.pages]
        title = lines and max(lines.title.width, lines.author.width if lines.author else 0.0)
        if lines:
            blocks.append((title, lines.height(c.gap) + c.foot))
        box = c.box(blocks)
        self.backing = c.backing(box)
        self.scenes: list[Scene] = []
        if lines:
            self._append(c.title_layer(lines, box), OPENING)
        for page in c.pages:
            self._append(c.page_layer(page, box), reading(page.words))
        if lines:
            self._append(c.title_layer(lines, box, end=True), ENDING)
        self.seconds = self.scenes[-1].end + 0.5

    def _append(self, layer: Image.Image, seconds: float) -> None:
        start = self.scenes[-1].end - 0.15 if self.scenes else 0.7
        left, top, *ends = layer.getbbox() or (0, 0, 2, 2)
        box = (left - left % 2, top - top % 2, *ends)
        self.scenes.append(Scene(layer.crop(box), box[:2], start, start + seconds))

    @property
    def count(self) -> int:
        return round(self.seconds * FPS)

    def frames(self) -> Iterator[bytes]:
        """Every frame as raw planes, as `encode.clip` takes them."""
        c = self.composition
        canvas = Image.new("RGB", c.size)
        canvas.paste(c.framing.overlay, (0, 0), c.framing.overlay)
        rim = c.framing.overlay.crop(c.framing.window)  # what of the frame lies over the picture: its shadow, its shape
        whole = Image.alpha_composite(self.backing, rim)  # type stands where the rim is clear: both at once
        still, grounds = planes.of(canvas), [planes.layer(image) for image in (self.backing, rim, whole)]
        cards = [(scene, planes.layer(scene.layer, scene.corner)) for scene in self.scenes]
        for number in range(self.count):
            picture, at = self._picture(number / max(1, self.count - 1)), number / FPS
            self._lay_ground(picture, at, *grounds)
            for scene, card in cards:
                if scene.start < at < scene.end:
                    planes.paste(picture, card, scene.presence(at))
            planes.put(still, picture, c.framing.window[:2])
            yield b"".join(plane.tobytes() for plane in still)

    @cached_property
    def _sources(self) -> list[Planes]:
        return [planes.of(picture) for picture in self.composition.pictures]

    def _picture(self, t: float) -> Planes:
        """The pictures one after the other, each on its own slow way; `t` runs from 0 to 1."""
        count, cross = len(self._sources), CROSS / self.seconds
        at = min(count - 1, int(t * count))
        shown = self._view(at, t)
        if at + 1 < count and (near := (t - (at + 1) / count + cross) / cross) > 0:
            shown = planes.blend(shown, self._view(at + 1, t), _ease(near))
        return shown

    def _view(self, at: int, t: float) -> Planes:
        return planes.resized(self._sources[at], self.composition.window, self.view(at, t))

    def view(self, at: int, t: float) -> tuple[float, float, float, float]:
        """What of a picture the window shows: it drifts and closes in, or opens up; its edges lie between pixels."""
        picture, count = self.composition.pictures[at], len(self.composition.pictures)
        begins, ends = at / count - (CROSS / self.seconds if at else 0), (at + 1) / count
        way = max(0.0, min(1.0, (t - begins) / (ends - begins)))
        zoom = 0.995 - 0.085 * (way if at % 2 == 0 else 1 - way)
        width, height = picture.width * zoom, picture.height * zoom
        drift = 0.5 + (0.36 if at % 4 < 2 else -0.36) * (way - 0.35)
        left, top = (picture.width - width) * drift, (picture.height - height) * (1 - drift)
        return left, top, left + width, top + height

    def _lay_ground(self, picture: Planes, at: float, backing: Layer, rim: Layer, whole: Layer) -> None:
        """The ground of this moment on the picture, the frame's shadow over its edge."""
        ground = _ease(min((at - 0.15) / 1.1, (self.seconds - at) / 0.7))
        if ground == 1:
            planes.paste(picture, whole)
        else:
            planes.paste(picture, backing, ground)
            planes.paste(picture, rim)


def reading(words: int) -> float:
    """How long a page stands, in seconds."""
    return max(3.6, min(8.5, 1.7 + 0.24 * words))
