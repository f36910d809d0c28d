"""Checkpoints of the past only, and indexes for the lists of who owes and who is frozen."""

from django.db import migrations, models

from ledger import install


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_provider_costs")]
    operations = [
        migrations.RunPython(install.load, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="wallet",
            index=models.Index(condition=models.Q(("debt__gt", 0)), fields=["-debt"], name="ledger_wallet_owing"),
        ),
        migrations.AddIndex(
            model_name="wallet",
            index=models.Index(
                condition=models.Q(("frozen_at", None), _negated=True),
                fields=["-frozen_at", "-member"],
                name="ledger_wallet_frozen",
            ),
        ),
    ]
