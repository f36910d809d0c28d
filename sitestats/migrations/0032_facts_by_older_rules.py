from django.db import migrations, models

from poemvision.indexes import concurrently


class Migration(migrations.Migration):
    """Whether there are facts by older rules is asked each minute."""

    atomic = False
    dependencies = [("sitestats", "0031_totals_of_facts")]

    operations = concurrently(
        {"dayfact": [models.Index(fields=["rules", "day"], name="sitestats_facts_by_rules")]},
    )
