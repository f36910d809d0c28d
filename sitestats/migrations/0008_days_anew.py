from django.db import migrations


class Migration(migrations.Migration):
    """Days of before are added up again, by what the slices hold since 0007."""

    dependencies = [("sitestats", "0007_slices_of_origin")]

    operations = [
        migrations.RunSQL("UPDATE sitestats_day SET revision = revision + 1", migrations.RunSQL.noop),
    ]
