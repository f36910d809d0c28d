"""Days of usage know poems by their words from now on: the next look makes all of their rows anew."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0006_zones_of_closes"),
        ("studio", "0010_poem_hash"),
    ]

    operations = [
        migrations.RunSQL("DELETE FROM accounting_usagelook", migrations.RunSQL.noop),
    ]
