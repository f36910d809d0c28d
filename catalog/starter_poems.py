"""Five short poems written for this project, so that the catalog is not empty on the first day."""

from dataclasses import dataclass

from django.db import transaction

from audit.models import record
from catalog import public_catalog
from catalog.models import Category, Poem

AUTHOR = "Poem Vision AI"


@dataclass(frozen=True)
class Starter:
    key: str
    title: str
    category: str
    text: str


POEMS = (
    Starter(
        "what-the-rain-keeps",
        "What the Rain Keeps",
        "nature",
        """The rain has no opinion of the roof.
It says the same soft thing to slate and tin,
to the dog's bowl, the rake, the open book
somebody left and won't come out to bring in.

By evening it has read you every page.
The ink lets go. The garden drinks it, line by line,
and in the spring, along the wall, come up
small green sentences, and none of them are mine.""",
    ),
    Starter(
        "last-tram",
        "Last Tram",
        "city",
        """Eleven windows, lit, go by in a row,
each with a stranger carrying home the day:
a cello, a cake box, a boy asleep
on a shoulder that does not move away.

Then the bell, then the bend, then the street again,
wet and wide and nobody's at all.
But something of that light has missed its stop
and stands a while beside me, at the wall.""",
    ),
    Starter(
        "the-second-cup",
        "The Second Cup",
        "love",
        """I still take down two cups. I always pour
the second one too full, the way you do,
and carry it, a little careful sea,
across the kitchen, over to you.

The morning isn't much. It's toast. It's rain.
You read me something funny from the news.
If I were asked what I would have again,
this, I would say. This chair. Those shoes.""",
    ),
    Starter(
        "low-water",
        "Low Water",
        "sea",
        """The sea has gone to fetch something. It left
its coat of weed, its ropes, a single shoe,
and miles of polished silence, where the sky
comes down to see itself, and wades in blue.

We walk where boats walk. We are very small,
two commas in a sentence made of sand.
Then, far off, a white line begins to speak.
Come back, it says, and takes us by the hand.""",
    ),
    Starter(
        "lamp-left-on",
        "Lamp Left On",
        "night",
        """Someone across the valley can't sleep either.
Their window is the one star that holds still.
I don't know what it is that keeps them up:
a fever, an exam, an unpaid bill.

I leave mine burning too. It isn't much,
two yellow squares, a mile of dark between,
but there are nights a person can be carried
by any light at all that says: I've seen.""",
    ),
)


@dataclass(frozen=True)
class Seeded:
    """What the button did: titles of poems written now, and of those that had been taken away and are back."""

    added: list[str]
    put_back: list[str]

    def __str__(self):
        if not self.added and not self.put_back:
            return f"All {len(POEMS)} starter poems are here already. Nothing was changed."
        done = [_counted(self.added, "added"), _counted(self.put_back, "put back")]
        return f"{' and '.join(filter(None, done))}: {', '.join([*self.added, *self.put_back])}."


def seed(*, by) -> Seeded:
    """Write those starter poems that are missing, and show again those that were taken away. Harmless when repeated."""
    added, put_back = [], []
    with transaction.atomic():
        public_catalog.lock()
        categories = {category.slug: category for category in Category.objects.all()}
        known = {poem.starter: poem for poem in Poem.objects.filter(starter__isnull=False)}
        for starter in POEMS:
            poem = known.get(starter.key)
            if poem is None:
                poem = _write(starter, categories.get(starter.category), by)
                added.append(poem.title)
            elif poem.retired_at or not hasattr(poem, "public_item"):
                poem.bring_back(by=by)
                put_back.append(poem.title)
            public_catalog.list_poem(poem, by=by)
    return Seeded(added, put_back)


def _write(starter: Starter, category, by) -> Poem:
    poem = Poem.objects.create(
        title=starter.title, author=AUTHOR, text=starter.text, category=category, starter=starter.key
    )
    record(by, "poem.added", poem, after={"title": poem.title, "starter": starter.key})
    return poem


def _counted(titles: list[str], verb: str) -> str:
    return f"{len(titles)} {'poem' if len(titles) == 1 else 'poems'} {verb}" if titles else ""
