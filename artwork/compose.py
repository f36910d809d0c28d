"""A recipe laid out in a size: the treated pictures, the ground, and a card for the title, each page and the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from PIL import Image, ImageDraw, ImageOps

from artwork import bidi, frames, pages, styles, texture, typeset, words
from artwork.fonts import Face
from artwork.frames.framing import Framing, unit
from artwork.pages import Page
from artwork.recipe import Recipe
from artwork.styles import Look

OVERSCAN = 1.14  # the picture is larger than its window, so that it can move
SIZES = (26.0, 46.0)  # the least and the largest type of a poem, in a clip 864 wide


@dataclass(frozen=True)
class Card:
    """Type as a layer over the window, and how long it takes to read."""

    layer: Image.Image
    seconds: float


@dataclass(frozen=True)
class Lines:
    """A title card before it is drawn: rows of the title, rows of the author."""

    title: Page
    author: Page | None

    def height(self, gap: float) -> float:
        return self.title.height + (gap + self.author.height if self.author else 0)


class Composition:
    """One recipe in one size. Below a `detail` of 1, frame and picture are made smaller and enlarged; type never is."""

    def __init__(self, recipe: Recipe, size: tuple[int, int], detail: float = 1.0):
        self.recipe, self.size, self.u = recipe, size, unit(size)
        self.title = words.line(recipe.title, words.TITLE, "title")
        self.author = words.line(recipe.author, words.AUTHOR, "author's name")
        self.credit = words.line(recipe.credit, words.AUTHOR, "credit")
        self.stanzas = words.stanzas(recipe.text)
        self.look: Look = styles.look(recipe.style, recipe.style_options, recipe.language)
        self.detail = detail
        drawn = frames.draw(recipe.frame, recipe.frame_options, tuple(round(side * detail) for side in size))
        self.framing: Framing = drawn if detail == 1 else drawn.enlarged(size)
        left, top, right, bottom = self.framing.window
        self.window = (right - left, bottom - top)
        room = self.framing.room
        self.room = (room[0] - left, room[1] - top, room[2] - left, room[3] - top)
        pad = self.look.pad * self.u
        self.measure = (self.room[2] - self.room[0] - 2 * pad, self.room[3] - self.room[1] - 2 * pad)

    @cached_property
    def pictures(self) -> list[Image.Image]:
        """The images, larger than the window, treated by the style."""
        size = tuple(round(side * OVERSCAN / 2) * 2 for side in self.window)
        worked = tuple(round(side * self.detail) for side in size)
        treated = []
        for path in self.recipe.images:
            with Image.open(path) as opened:
                fitted = ImageOps.fit(ImageOps.exif_transpose(opened).convert("RGB"), worked, Image.Resampling.LANCZOS)
            done = texture.image(self.look.treat(texture.array(fitted)))
            treated.append(done if done.size == size else done.resize(size, Image.Resampling.BICUBIC))
        return treated

    @cached_property
    def pages(self) -> list[Page]:
        """The poem."""
        return pages.lay(self.stanzas, self.look.face, self.measure, tuple(size * self.u for size in SIZES))

    @cached_property
    def strength(self) -> float:
        """How opaque the ground is, so that type is readable on each of the pictures."""
        small = [picture.resize((96, 120), Image.Resampling.BOX) for picture in self.pictures]
        return max(self.look.strength(texture.array(picture)) for picture in small)

    def lines(self, scale: float) -> Lines | None:
        """Title and author; nothing when there is neither."""
        if not self.title and not self.author:
            return None
        face = self.look.title
        title = self._block(self.title or self.author, face, 76 * self.u * scale, 34 * self.u * scale)
        italic = Face(self.look.face.family, self.look.face.weight, True, self.recipe.language)
        by = self._block(self.author, italic, max(27, 32 * scale) * self.u, 18 * self.u)
        return Lines(title, by if self.title and self.author else None)

    def _block(self, text: str, face: Face, largest: float, least: float) -> Page:
        size = largest
        rtl = bidi.is_rtl(text)
        rows = typeset.wrap(text, face, size, self.measure[0], 0, rtl)
        while size > least and (
            len(rows) > 3 or any(" " not in row and len(rows) > 1 and len(row) > 14 for row in rows)
        ):
            size *= 0.94
            rows = typeset.wrap(text, face, size, self.measure[0], 0, rtl)
        return Page(tuple(pages.Row(row, rtl) for row in rows), size, face)

    def box(self, blocks: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
        """The box in the middle of the room that holds blocks of these widths and heights."""
        width, height = (max(block[at] for block in blocks) for at in (0, 1))
        x, y = (self.room[0] + self.room[2]) / 2, (self.room[1] + self.room[3]) / 2
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2

    def backing(self, box: tuple[float, float, float, float]) -> Image.Image:
        return self.look.backing(self.window, box, self.strength, self.u)

    def page_layer(self, page: Page, box: tuple[float, float, float, float]) -> Image.Image:
        """A page of the poem in the middle of a box; verse flush left, or right where it runs from the right."""
        mask = Image.new("L", self.window)
        draw = ImageDraw.Draw(mask)
        middle, width = (box[0] + box[2]) / 2, page.width
        y = (box[1] + box[3]) / 2 - page.height / 2 + page.size * 0.76
        for row in page.rows:
            y += page.size * pages.GAP * row.gap
            long, indent = typeset.width(row.text, page.face, page.size, row.rtl), page.indent(row)
            x = middle - width / 2 + indent if not row.rtl else middle + width / 2 - indent - long
            if self.look.centred:
                x = middle - long / 2
            typeset.write(draw, (x, y), row.text, page.face, page.size, row.rtl)
            y += page.size * pages.LEADING
        return self._inked(mask)

    def title_layer(self, lines: Lines, box: tuple[float, float, float, float], end: bool = False) -> Image.Image:
        """Title, a rule, the author; at the end the credit of the house below."""
        mask, accents = Image.new("L", self.window), Image.new("L", self.window)
        draw, u, gap = ImageDraw.Draw(mask), self.u, self.gap
        middle = (box[0] + box[2]) / 2
        total = lines.height(gap) + (self.foot if end else 0)
        y = (box[1] + box[3]) / 2 - total / 2
        for block in filter(None, (lines.title, lines.author)):
            if block is lines.author:
                self._rule(ImageDraw.Draw(accents), middle, y + gap * 0.5)
                y += gap
            base = y + block.size * 0.76
            for row in block.rows:
                long = typeset.width(row.text, block.face, block.size, row.rtl)
                typeset.write(draw, (middle - long / 2, base), row.text, block.face, block.size, row.rtl)
                base += block.size * pages.LEADING
            y += block.height
        if end and self.credit:
            face = Face("josefin", "semibold", language=self.recipe.language)
            typeset.spaced(draw, (middle, y + self.foot - 4 * u), self.credit.upper(), face, 17 * u, 3.4 * u, 215)
        layer = self._inked(mask)
        layer.paste(self.look.settings["accent"], (0, 0), accents)
        return layer

    @property
    def gap(self) -> float:
        return 70 * self.u

    @property
    def foot(self) -> float:
        return 74 * self.u if self.credit else 0.0

    def _rule(self, draw: ImageDraw.ImageDraw, x: float, y: float) -> None:
        """A short line with a diamond in it."""
        u = self.u
        for side in (-1, 1):
            draw.line((x + side * 14 * u, y, x + side * 64 * u, y), fill=255, width=max(1, round(1.5 * u)))
        draw.polygon([(x - 6 * u, y), (x, y - 6 * u), (x + 6 * u, y), (x, y + 6 * u)], fill=255)

    def _inked(self, mask: Image.Image) -> Image.Image:
        """Type in the ink of the style, over a breath of its ground where the ground is a cloud."""
        layer = Image.new("RGBA", self.window, (*_bytes(self.look.ink), 0))
        if self.look.ground == "cloud":
            halo = texture.blur(mask, 5 * self.u).point(lambda value: min(150, round(value * 0.9)))
            layer = Image.new("RGBA", self.window, (*_bytes(self.look.settings["ground"]), 0))
            layer.putalpha(halo)
        inked = Image.new("RGBA", self.window, (*_bytes(self.look.ink), 0))
        inked.putalpha(mask)
        return Image.alpha_composite(layer, inked)


def _bytes(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
