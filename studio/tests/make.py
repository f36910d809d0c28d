"""Things that cuts are made of, and cuts."""

import io
import uuid
from decimal import Decimal

from django.utils import timezone
from PIL import Image

from catalog.models import Asset, FrameDesign, Poem, PublicItem, Style
from files import storing
from studio import rendering
from studio.models import Cut, CutImage

TEXT = "The kettle hums a harbour song,\nthe window keeps the rain."


def make_file(colour="#39586b", size=(48, 60), kind="PNG"):
    """A real stored picture."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    out.seek(0)
    return storing.keep(out, content_type=f"image/{kind.lower()}", extension=f".{kind.lower()}")


def make_picture(*, owner=None, public=True, **fields) -> Asset:
    """A picture of the public catalog, or of a member."""
    facts = {"kind": "image", "title": "Harbour", "checksum": uuid.uuid4().hex, "width": 48, "height": 60}
    asset = Asset.objects.create(owner=owner, file=make_file(), **facts | fields)
    if public and not owner:
        PublicItem.objects.create(asset=asset)
    return asset


def make_poem(*, owner=None, public=True, **fields) -> Poem:
    poem = Poem.objects.create(owner=owner, **{"title": "Harbour kitchen", "author": "A. Tern", "text": TEXT} | fields)
    if public and not owner:
        PublicItem.objects.create(poem=poem)
    return poem


def make_choices() -> dict:
    """One of each: what a form of /make sends."""
    return {
        "form_key": str(uuid.uuid4()),
        "poem": str(make_poem().pk),
        "images": make_picture().code,
        "mood": "calm",
        "genre": "piano",
        "frame": frame().slug,
        "style": style().slug,
    }


def frame() -> FrameDesign:
    return FrameDesign.objects.first() or FrameDesign.objects.create(slug="gilded", title="Gilded", drawing="gilded")


def style() -> Style:
    return Style.objects.first() or Style.objects.create(slug="dusk", title="Dusk", drawing="dusk")


def make_cut(**fields) -> Cut:
    """A cut that is done, a visitor's unless it has an owner; its files are small pictures."""
    if not fields.get("owner"):
        fields.setdefault("visitor", uuid.uuid4())
    facts = {
        "form_key": uuid.uuid4(),
        "title": "Harbour kitchen",
        "author": "A. Tern",
        "text": TEXT,
        "language": "en",
        "mood": "calm",
        "genre": "piano",
        "service": "lite_render",
        "state": "done",
    } | fields
    if facts["state"] == "done":
        now = timezone.now()
        facts |= {name: make_file() for name in rendering.KINDS if name not in facts}
        facts = {"duration_ms": 2000, "render_ms": 900, "started_at": now, "finished_at": now} | facts
    cut = Cut.objects.create(frame=frame(), style=style(), **facts)
    CutImage.objects.create(cut=cut, asset=make_picture(public=False))
    return cut


PRICE = Decimal("0.10")
