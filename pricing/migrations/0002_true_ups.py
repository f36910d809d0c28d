from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pricing", "0001_initial"), ("ledger", "0003_provider_costs")]
    operations = [
        migrations.AddField(
            "providercall",
            "true_ups",
            models.PositiveSmallIntegerField(default=0, help_text="How often the booked cost was corrected."),
        ),
    ]
