"""What is sold, for how much, and what it is expected to cost us."""

import datetime as dt
from decimal import Decimal

from django.db import migrations

SINCE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SERVICES = (  # key, title, unit, price, provider, what a unit costs there
    ("lite_render", "Lite render", "render", "0.10", None, None),
    ("studio_render", "Studio render", "render", "0.25", None, None),
    ("poem", "Poem from a theme", "poem", "0.02", "language_model", "0.002"),
    ("image", "Picture from a poem", "picture", "0.04", "image_model", "0.02"),
    ("music", "Music", "track", "0.06", "replicate", "0.06"),
)


def fill(apps, schema_editor):
    service, price, cost = (apps.get_model("pricing", name) for name in ("Service", "Price", "UnitCost"))
    for position, (key, title, unit, amount, provider, expected) in enumerate(SERVICES):
        service.objects.get_or_create(key=key, defaults={"title": title, "unit": unit, "position": position})
        price.objects.get_or_create(service_id=key, valid_from=SINCE, defaults={"amount": Decimal(amount)})
        if provider:
            facts = {"service_id": key, "provider": provider, "valid_from": SINCE}
            cost.objects.get_or_create(**facts, defaults={"amount": Decimal(expected)})


class Migration(migrations.Migration):
    dependencies = [("pricing", "0002_true_ups")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
