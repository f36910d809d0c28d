"""What one can choose from on the first day. Drawings are those of artwork/frames and artwork/styles."""

from django.db import migrations

CATEGORIES = ("nature", "city", "love", "family", "seasons", "night", "sea", "abstract")
FRAMES = (
    ("gilded", "Gilded", "gilded", {}),
    ("walnut", "Walnut", "walnut", {}),
    ("passe-partout", "Passe-partout", "passe-partout", {}),
    ("deckle", "Deckle paper", "deckle", {}),
    ("washi", "Washi", "washi", {}),
    ("film-strip", "Film strip", "film-strip", {}),
    ("art-deco", "Art deco", "art-deco", {}),
    ("night-sky", "Night sky", "night-sky", {}),
    ("silver-leaf", "Silver leaf", "gilded", {"leaf": "silver"}),
    ("ebony", "Ebony", "walnut", {"wood": "ebony"}),
)
STYLES = (
    ("candle-lit", "Candle-lit"),
    ("watercolour", "Watercolour"),
    ("noir", "Noir"),
    ("risograph", "Risograph"),
    ("plain-paper", "Plain paper"),
    ("dusk", "Dusk"),
    ("botanical", "Botanical"),
)


def write(apps, schema_editor):
    Category, FrameDesign, Style = (apps.get_model("catalog", name) for name in ("Category", "FrameDesign", "Style"))
    for position, slug in enumerate(CATEGORIES):
        Category.objects.create(slug=slug, title=slug.capitalize(), position=position)
    for position, (slug, title, drawing, options) in enumerate(FRAMES):
        FrameDesign.objects.create(slug=slug, title=title, position=position, drawing=drawing, options=options)
    for position, (slug, title) in enumerate(STYLES):
        Style.objects.create(slug=slug, title=title, position=position, drawing=slug)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_library_search")]

    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
