from django.db import migrations


class Migration(migrations.Migration):
    """Days of before are added up again, by what the slices hold since 0006."""

    dependencies = [("sitestats", "0006_wider_slices")]

    operations = [
        migrations.RunSQL("UPDATE sitestats_day SET revision = revision + 1", migrations.RunSQL.noop),
    ]
