"""The demo's first cuts: its member orders one of each of four starter poems, and pays for them as anybody would.

They are ordered when there are pictures and music. Repeating orders none a second time. Cuts of the demo's history are
those of which only the numbers are left: their makers have deleted them, so that they have neither files nor words.
"""

import datetime as dt
import random
import uuid
from decimal import Decimal
from types import SimpleNamespace

from django.db.models import Func, Value
from django.utils import timezone

from accounts.models import User
from catalog import queries as catalog
from catalog import starter_poems
from catalog.models import Category, FrameDesign, Genre, Mood, Poem, Style
from jobs.registry import Retry
from musicpool.models import Track
from studio import cuts, rendering
from studio.models import Cut

KIND = "studio.order_demo_cuts"
NAMESPACE = uuid.UUID("0d2f7a52-2f0c-4a43-9a5e-0f6a7d3f9c11")
WHY = (cuts.BROKEN, rendering.OUT_OF_ROOM, cuts.BROKEN, rendering.UNCOVERED, cuts.BROKEN)  # of those that failed
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


class Past:
    """Cuts that were made long ago."""

    def __init__(self):
        self.choices = {
            "frame": list(FrameDesign.objects.all()),
            "style": list(Style.objects.all()),
            "category": list(Category.objects.all()),
        }

    def title(self, luck: int) -> str:
        """What it was called: its row does not say any more, the ledger does."""
        return starter_poems.POEMS[luck % len(starter_poems.POEMS)].title

    def cut(
        self,
        member,
        at: dt.datetime,
        *,
        service: str,
        price: Decimal,
        hold: int,
        parts: list[str],
        luck: int,
        broken: bool,
    ):
        """The row of one that is over, and nothing else: who made it when, of what, how long it took."""
        chance = random.Random(luck)  # noqa: S311 - a story, no secret
        key = uuid.uuid5(NAMESPACE, f"{member.pk}:{at}")
        return Cut.objects.create(
            owner=member,
            form_key=key,
            poem_hash=key if "poem" in parts else self._poem(luck),
            **{name: chance.choice(some) for name, some in self.choices.items()},
            mood=chance.choice(Mood.values),
            genre=chance.choice(Genre.values),
            language=chance.choices(("en", "de", "fr", "es"), (7, 2, 1, 1))[0],
            made_with=parts,
            service=service,
            price=price,
            hold_id=hold,
            state=Cut.State.FAILED if broken else Cut.State.DONE,
            error=WHY[luck % len(WHY)] if broken else "",
            views=0 if broken else int(chance.expovariate(0.2)),
            shares=int(chance.random() < 0.2 and not broken),
            downloads=int(chance.random() < 0.5 and not broken),
            **self._times(chance, at, len(parts)),
        )

    def free_cut(self, owner, at: dt.datetime, *, luck: int) -> Cut:
        """One that somebody made without an account, whose owner, if any, signed up later on."""
        chance = random.Random(luck)  # noqa: S311 - a story, no secret
        key = uuid.uuid5(NAMESPACE, f"free:{at}:{luck}")
        facts = {"owner": owner} if owner else {"visitor": key, "is_demo": True}
        facts |= dict(
            **{name: chance.choice(some) for name, some in self.choices.items()},
            mood=chance.choice(Mood.values),
            genre=chance.choice(Genre.values),
            language="en",
            poem_hash=self._poem(luck),
            service="lite_render",
            price=0,
            state=Cut.State.DONE,
            **self._times(chance, at, 0),
        )
        return Cut.objects.get_or_create(form_key=key, defaults=facts)[0]

    def _poem(self, luck: int) -> Func:
        """As the database hashes a starter poem."""
        return Func(Value(starter_poems.POEMS[luck % len(starter_poems.POEMS)].text), function="studio_poem_hash")

    def _times(self, chance: random.Random, at: dt.datetime, parts: int) -> dict:
        """It waited, was made, and is gone: some deleted at once by whoever made them, the others by housekeeping."""
        provider_ms, render_ms = 2600 * parts + chance.randrange(900), chance.randrange(3800, 13500)
        started = at + dt.timedelta(seconds=round(chance.expovariate(0.4), 3))
        finished = started + dt.timedelta(milliseconds=provider_ms + render_ms)
        purged = min(finished + dt.timedelta(hours=chance.randrange(1, 72)), timezone.now())
        deleted = min(finished + dt.timedelta(minutes=3), purged) if chance.random() < 0.12 else purged
        made = {"started_at": started, "finished_at": finished, "provider_ms": provider_ms, "render_ms": render_ms}
        return made | {"created_at": at, "queued_at": at, "deleted_at": deleted, "purged_at": purged}
