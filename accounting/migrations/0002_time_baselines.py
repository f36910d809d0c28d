"""How many minutes by hand a cut spares, with what stood in the code until now."""

import datetime as dt

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

SINCE = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)  # before the first cut
SOURCE = "A social graphic by hand: half an hour simple, 2 hours usual (published rates); the low end of it."
BASELINES = (("lite_render", 30, 90), ("studio_render", 60, 180))


def write(apps, schema_editor):
    baseline = apps.get_model("accounting", "TimeBaseline")
    for service, low, high in BASELINES:
        baseline.objects.create(service=service, low=low, high=high, valid_from=SINCE, note=SOURCE)


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TimeBaseline",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("service", models.CharField(max_length=40)),
                ("low", models.PositiveIntegerField()),
                ("high", models.PositiveIntegerField()),
                ("valid_from", models.DateTimeField(default=django.utils.timezone.now)),
                ("note", models.CharField(help_text="Where the minutes come from.", max_length=500)),
                ("form_key", models.UUIDField(null=True, unique=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["-valid_from", "-id"], name="accounting_baselines")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("low__lte", models.F("high"))), name="accounting_low_high"
                    )
                ],
            },
        ),
        migrations.RunPython(write, migrations.RunPython.noop),
    ]
