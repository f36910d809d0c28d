"""When a customer's discount ends by itself, and when it was last told of. One that is switched is another row: by now
each is known by all three of 0018, so that its id alone may repeat.
"""

from django.db import migrations, models

import ui.clock


class Migration(migrations.Migration):
    dependencies = [("memberships", "0018_one_stretch")]

    operations = [
        migrations.AddField("customerdiscount", "ends_at", models.DateTimeField(null=True)),
        migrations.AddField("customerdiscount", "heard_at", models.DateTimeField(null=True)),
        migrations.AlterField("customerdiscount", "stripe_id", models.CharField(max_length=255)),
        migrations.AlterModelOptions(
            "customerdiscount", {"ordering": ["starts_at", "heard_at", "ended_at", "stripe_id", "coupon_id"]}
        ),
        migrations.AlterField("version", "seen_at", models.DateTimeField(default=ui.clock.now)),
    ]
