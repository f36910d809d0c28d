from django.db import migrations, models

FILL = """INSERT INTO sitestats_daytotal (day, sign_ups, renders, top_ups, paid_in, revenue, cost)
    SELECT day, sum(sign_ups), sum(renders), sum(top_ups), sum(paid_in), sum(revenue), sum(cost)
    FROM sitestats_dayfact GROUP BY day"""


class Migration(migrations.Migration):
    """What a day's facts add up to, from what is there; what a process of the former version adds up, by new rules."""

    dependencies = [("sitestats", "0030_ways_by_stricter_rules")]

    operations = [
        migrations.CreateModel(
            "DayTotal",
            [
                ("sign_ups", models.BigIntegerField()),
                ("renders", models.BigIntegerField()),
                ("top_ups", models.BigIntegerField()),
                ("paid_in", models.DecimalField(decimal_places=6, max_digits=20)),
                ("revenue", models.DecimalField(decimal_places=6, max_digits=20)),
                ("cost", models.DecimalField(decimal_places=6, max_digits=20)),
                ("day", models.DateField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
