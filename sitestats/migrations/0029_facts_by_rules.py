from django.db import migrations, models


class Migration(migrations.Migration):
    """Facts say by which rules they were added up: those by older ones are added up anew within the minute.

    So are those that a process of the former version, which runs until it is started anew, still adds up after this.
    """

    dependencies = [("sitestats", "0028_facts_by_campaign")]

    operations = [
        migrations.AddField(
            "dayfact",
            "rules",
            models.SmallIntegerField(db_default=0, help_text="facts.RULES that it was added up by."),
        ),
        migrations.AlterField(
            "dayfact",
            "referrer",
            models.CharField(blank=True, help_text="What asking.DETAIL tells.", max_length=410),
        ),
    ]
