"""In which time zone closed months are told: until now, that of the last look."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0004_off")]

    operations = [
        migrations.AddField(
            "monthbase", "zone", models.CharField(blank=True, default="", max_length=64), preserve_default=False
        ),
        migrations.RunSQL(
            "UPDATE reports_monthbase SET zone = look.zone FROM reports_look look", migrations.RunSQL.noop
        ),
    ]
