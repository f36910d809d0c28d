from django.db import migrations, models


class Migration(migrations.Migration):
    """Of crawls is known how many came from an address that could not be checked. What was before counts as checked."""

    dependencies = [("sitestats", "0026_no_host_is_a_number")]

    operations = [
        migrations.AddField(
            "crawl", "robots_txt_unchecked", models.BigIntegerField(db_default=0, help_text="Of robots_txt.")
        ),
        migrations.AddField("crawl", "closed_unchecked", models.BigIntegerField(db_default=0, help_text="Of closed.")),
    ]
