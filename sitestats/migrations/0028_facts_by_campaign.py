from django.db import migrations, models


class Migration(migrations.Migration):
    """Facts are told by campaign and medium as well: days are added up anew each night."""

    dependencies = [("sitestats", "0027_crawls_unchecked")]

    operations = [
        migrations.AlterField(
            "dayfact",
            "referrer",
            models.CharField(blank=True, help_text="With campaign and medium: asking.REFERRER.", max_length=410),
        ),
    ]
