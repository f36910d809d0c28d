"""What went back is read by when it did, an invoice is found by its number."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("memberships", "0006_portal")]

    operations = [
        migrations.AddIndex(
            model_name="moneyback",
            index=models.Index(fields=["-created_at", "-id"], name="memberships_back_when"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["number"], name="memberships_invoice_number"),
        ),
    ]
