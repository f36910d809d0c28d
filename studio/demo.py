"""The demo's first cuts: its member orders one of each of four starter poems, and pays for them as anybody would.

They are ordered when there are pictures and music. Repeating orders none a second time.
"""

import uuid
from types import SimpleNamespace

from accounts.models import User
from catalog import queries as catalog
from catalog import starter_poems
from catalog.models import FrameDesign, Mood, Poem, Style
from jobs.registry import Retry
from musicpool.models import Track
from studio import cuts

KIND = "studio.order_demo_cuts"
NAMESPACE = uuid.UUID("0d2f7a52-2f0c-4a43-9a5e-0f6a7d3f9c11")
PATIENCE = 30  # seconds between two looks
# Picture of the catalog, frame, style
LOOKS = ((6, "gilded", "candle-lit"), (1, "film-strip", "noir"), (4, "deckle", "watercolour"), (5, "night-sky", "dusk"))


def order(job) -> None:
    """All of them, or nothing yet."""
    pictures = list(catalog.public_images()[: 1 + max(picture for picture, *_ in LOOKS)])
    has_music = Track.objects.filter(state=Track.State.APPROVED, mood=Mood.CALM, genre="piano").exists()
    if len(pictures) <= max(picture for picture, *_ in LOOKS) or not has_music:
        raise Retry(PATIENCE, "The first cuts wait for pictures and music")
    member = User.objects.get(email="member@poemvision.example", is_demo=True)
    for number, (picture, frame, style) in enumerate(LOOKS):
        poem = Poem.objects.filter(starter=starter_poems.POEMS[number].key).first()
        if poem:
            _order(member, number, poem, pictures[picture], frame, style)


def _order(member, number, poem, picture, frame, style) -> None:
    words = {name: getattr(poem, name) for name in ("title", "author", "text", "language", "category")}
    looks = {
        "frame": FrameDesign.objects.filter(slug=frame).first() or FrameDesign.objects.first(),
        "style": Style.objects.filter(slug=style).first() or Style.objects.first(),
    }
    fields = {"poem": poem, **words, **looks, "mood": Mood.CALM, "genre": "piano"}
    form_key = uuid.uuid5(NAMESPACE, f"{member.pk}:{number}")
    cuts.make(cuts.Order(form_key, fields, (picture,), public=True), SimpleNamespace(user=member, session={}))
