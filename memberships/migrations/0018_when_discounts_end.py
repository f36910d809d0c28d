"""When a customer's discount ends by itself, and when it was last told of; one that is switched is another row."""

from django.db import migrations, models

import ui.clock


class Migration(migrations.Migration):
    dependencies = [("memberships", "0016_discounts_of_customers")]

    operations = [
        migrations.AddField("customerdiscount", "ends_at", models.DateTimeField(null=True)),
        migrations.AddField("customerdiscount", "heard_at", models.DateTimeField(null=True)),
        migrations.AlterField("customerdiscount", "stripe_id", models.CharField(max_length=255)),
        migrations.AlterModelOptions(
            "customerdiscount", {"ordering": ["starts_at", "heard_at", "ended_at", "stripe_id", "coupon_id"]}
        ),
        migrations.AlterField("version", "seen_at", models.DateTimeField(default=ui.clock.now)),
    ]
