"""The demo's pictures: painted by our own code, one of each theme first. Repeating adds none."""

import tempfile
import time
from pathlib import Path

from artwork import scenes
from catalog import assets, public_catalog, starter_poems
from catalog.models import Asset, Category, Mood
from files import place
from jobs.registry import Retry

KIND = "catalog.paint"
SOURCE = "Painted by artwork/scenes"
LICENCE = "Our own"
SLICE = 45  # seconds; then others get their turn
SIZE = (1600, 2000)
LISTED = 16  # of the plan, in the catalog; the others are in the curated pool
# title, theme (the category of the same name), palette, seed, mood
PLAN = [
    ("Pines before the sun", "nature", "dawn", 1, Mood.CALM),
    ("The city keeps its lamps", "city", "dusk", 1, Mood.ROMANTIC),
    ("A sky of hearts", "love", "rose", 1, Mood.ROMANTIC),
    ("Nearly home", "family", "autumn", 1, Mood.JOYFUL),
    ("Blossom tree", "seasons", "spring", 1, Mood.JOYFUL),
    ("Milky Way over the lake", "night", "moonlit", 1, Mood.CALM),
    ("One sail at dawn", "sea", "dawn", 1, Mood.CALM),
    ("Currents", "abstract", "dusk", 1, Mood.EPIC),
    ("Valley in flower", "nature", "spring", 2, Mood.JOYFUL),
    ("Two by the river", "city", "moonlit", 2, Mood.ROMANTIC),
    ("Rose of embers", "love", "ember", 2, Mood.ROMANTIC),
    ("A hand to hold", "family", "day", 2, Mood.JOYFUL),
    ("Maple, letting go", "seasons", "autumn", 2, Mood.MELANCHOLIC),
    ("Northern lights", "night", "dusk", 2, Mood.EPIC),
    ("Moon road", "sea", "moonlit", 2, Mood.MELANCHOLIC),
    ("Paper canyons", "abstract", "mist", 2, Mood.CALM),
    ("Mist on the water", "nature", "mist", 3, Mood.MELANCHOLIC),
    ("Winter skyline", "city", "winter", 3, Mood.MELANCHOLIC),
    ("The heart tree", "love", "spring", 3, Mood.JOYFUL),
    ("Lit window", "family", "moonlit", 3, Mood.CALM),
    ("Snow on every branch", "seasons", "winter", 3, Mood.CALM),
    ("All the stars", "night", "winter", 3, Mood.EPIC),
    ("Lighthouse, last light", "sea", "ember", 3, Mood.EPIC),
    ("Firelines", "abstract", "ember", 3, Mood.EPIC),
]


def paint(job) -> None:
    """Make what is missing of the plan, for a while; then come back. The first are listed, the others in the pool."""
    until = time.monotonic() + SLICE
    starter_poems.seed(by=None)
    there = set(Asset.objects.filter(source__startswith=SOURCE).values_list("source", flat=True))
    for done, (title, theme, palette, seed, mood) in enumerate(PLAN):
        source = f"{SOURCE}, {theme} in {palette}, seed {seed}"
        if source in there:
            continue
        job.progress(done, len(PLAN), title)
        if time.monotonic() > until:
            raise Retry(1)
        _paint(scenes.paint(seed, theme, palette, SIZE), title, theme, mood, source, curated=done >= LISTED)
    job.progress(len(PLAN), len(PLAN), "The demo's pictures are painted")


def _paint(picture, title, theme, mood, source, *, curated) -> None:
    with tempfile.TemporaryDirectory(dir=place.waiting_room()) as folder:
        path = Path(folder, "scene.jpg")
        picture.convert("RGB").save(path, quality=92)
        asset = assets.add(
            path,
            owner=None,
            by=None,
            kind=Asset.Kind.IMAGE,
            title=title,
            mood=mood,
            category=Category.objects.filter(slug=theme).first(),
            tags=[theme, "painted"],
            curated=curated,
            origin=Asset.Origin.DRAWN,
            licence=LICENCE,
            source_note=source,
        )
    if not curated:
        public_catalog.add_images(asset.code, by=None)
