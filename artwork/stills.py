"""A composition that stands still: the framed picture, the print, the poster."""

from PIL import Image

from artwork import pages
from artwork.compose import SIZES, Composition


def framed(composition: Composition) -> Image.Image:
    """Title, and the whole poem where it fits on one page, else its beginning, over the first picture in its frame."""
    c = composition
    sizes = (SIZES[0] * 0.7 * c.u, SIZES[1] * c.u)
    for scale in (0.62, 0.46):  # a long poem leaves less room for a large title
        lines = c.lines(scale)
        head = lines.height(c.gap) + 34 * c.u if lines else 0.0
        page = pages.whole(c.stanzas, c.look.face, (c.measure[0], c.measure[1] - head), sizes)
        if page.size > 0.7 * sizes[1]:
            break
    width = max(page.width, lines.title.width if lines else 0.0, lines.author.width if lines and lines.author else 0.0)
    box = c.box([(width, head + page.height)])
    picture = backed(c, c.backing(box))
    if lines:
        title_box = (box[0], box[1], box[2], box[1] + lines.height(c.gap))
        _over(picture, c.title_layer(lines, title_box))
    _over(picture, c.page_layer(page, (box[0], box[1] + head, box[2], box[3])))
    return c.framing.around(picture)


def poster(composition: Composition) -> Image.Image:
    """The card of the title in its frame, or the first page of a poem without one."""
    c = composition
    lines = c.lines(1.0)
    if lines is None:
        page = c.pages[0]
        box = c.box([(page.width, page.height)])
        layer = c.page_layer(page, box)
    else:
        width = max(lines.title.width, lines.author.width if lines.author else 0.0)
        box = c.box([(width, lines.height(c.gap))])
        layer = c.title_layer(lines, box)
    picture = backed(c, c.backing(box))
    _over(picture, layer)
    return c.framing.around(picture)


def backed(composition: Composition, backing: Image.Image) -> Image.Image:
    """The first picture, cut to its window, with the ground of the type on it."""
    whole = composition.pictures[0]
    left, top = ((whole.size[at] - composition.window[at]) // 2 for at in (0, 1))
    picture = whole.crop((left, top, left + composition.window[0], top + composition.window[1]))
    _over(picture, backing)
    return picture


def _over(picture: Image.Image, layer: Image.Image) -> None:
    picture.paste(layer, (0, 0), layer)
