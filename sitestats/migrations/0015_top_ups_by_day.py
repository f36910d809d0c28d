from django.db import migrations, models


class Migration(migrations.Migration):
    """What the ledger says of the funnel's last step is kept by day."""

    dependencies = [("sitestats", "0014_nobody_named")]

    operations = [
        migrations.CreateModel(
            name="DayTopUps",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("members", models.BigIntegerField()),
                ("paid", models.DecimalField(decimal_places=6, max_digits=20)),
                ("ordered", models.BigIntegerField()),
                ("sessions", models.BigIntegerField()),
                ("seen", models.BigIntegerField()),
            ],
        ),
        # They are added up with the facts, which within the minute are added up anew where there are none
        migrations.RunSQL("DELETE FROM sitestats_dayfact", migrations.RunSQL.noop),
    ]
