"""In which time zone a month was closed; of those there are, the one that figures are added up in."""

from django.db import migrations, models

ZONE = """
    UPDATE accounting_monthclose SET zone = coalesce((SELECT zone FROM accounting_catchup ORDER BY at DESC LIMIT 1), 'UTC')
"""


class Migration(migrations.Migration):
    dependencies = [("accounting", "0004_usage_days")]

    operations = [
        migrations.AddField(
            "monthclose",
            "zone",
            models.CharField(default="UTC", help_text="In whose days it was closed.", max_length=64),
            preserve_default=False,
        ),
        migrations.RunSQL(ZONE, migrations.RunSQL.noop),
    ]
