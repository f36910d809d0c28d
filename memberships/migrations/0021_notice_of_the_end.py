"""Members are told that Premium is not renewed. Only the choices change: nothing happens in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("memberships", "0020_read_again")]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("failed", "A renewal was not paid"),
                    ("last_days", "Premium is about to end unpaid"),
                    ("ending", "Premium is not renewed"),
                    ("ended", "Premium has ended"),
                ],
                max_length=12,
            ),
        )
    ]
