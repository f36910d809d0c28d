from django.db import migrations, models

# Of what was matched before nobody noted the calls: as wide as they can be
WIDE = """
    UPDATE pricing_providerinvoice invoice SET calls_until = last_day + interval '2 days', calls_from = (
        SELECT min(first_day) FROM pricing_providerinvoice e WHERE e.provider = invoice.provider
    ) - interval '1 day'
    WHERE changed_at IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("pricing", "0006_calls_unanswered"),
    ]

    operations = [
        migrations.AddField(
            model_name="providerinvoice",
            name="calls_from",
            field=models.DateTimeField(help_text="When the first call was answered that it ever proved.", null=True),
        ),
        migrations.AddField(
            model_name="providerinvoice",
            name="calls_until",
            field=models.DateTimeField(help_text="When the last was.", null=True),
        ),
        migrations.RunSQL(WIDE, migrations.RunSQL.noop),
    ]
