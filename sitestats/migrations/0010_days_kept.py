from django.db import migrations, models

GONE = """UPDATE sitestats_day SET is_kept = false
    WHERE to_regclass(format('sitestats_pageview_%s', to_char(day, 'YYYYMMDD'))) IS NULL"""


class Migration(migrations.Migration):
    """What became of a day's views is said on the day: a retention that is raised later brings none of them back."""

    dependencies = [("sitestats", "0009_facts_by_day")]

    operations = [
        migrations.AddField(
            "day",
            "is_kept",
            models.BooleanField(
                db_default=True, help_text="Its single views are there. Once they are not, its rollups are final."
            ),
        ),
        migrations.RunSQL(GONE, migrations.RunSQL.noop),
        # The others are added up anew: sessions over midnight count by another rule
        migrations.RunSQL("UPDATE sitestats_day SET revision = revision + 1 WHERE is_kept", migrations.RunSQL.noop),
    ]
