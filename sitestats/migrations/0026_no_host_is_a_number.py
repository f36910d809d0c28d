from django.db import migrations

from sitestats import cleaning

CLEANED = {
    "Path": cleaning.path,
    "UserAgent": cleaning.agent,
    "Origin": cleaning.origin,
    "Acquisition": cleaning.acquisition,
}


def clean(apps, schema_editor):
    """Some rows at a time, each written by itself; begun again, it finds what is left to do."""
    for model, cleaned in CLEANED.items():
        cleaning.clean(apps.get_model("sitestats", model).objects, cleaned)


class Migration(migrations.Migration):
    """Referrers that are addresses of a network or of mail, and keys in paths, go from what was kept before.

    What a process of the former version still adds to the words meanwhile goes in the night: cleaning.clean_words.
    """

    atomic = False
    dependencies = [("sitestats", "0024_nothing_of_anybody")]

    operations = [migrations.RunPython(clean, migrations.RunPython.noop)]
