from django.db import migrations, models


class Migration(migrations.Migration):
    """Of a running session is known whether it went on from the day before: it does not go on into a third."""

    dependencies = [("sitestats", "0022_salts_unmeasured")]

    operations = [
        migrations.AddField(
            "visit",
            "is_carried",
            models.BooleanField(db_default=False, help_text="It went on from the day before."),
        ),
    ]
