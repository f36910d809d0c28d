"""Refunds and disputes are read apart, each by when it was."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("memberships", "0008_what_lines_sell")]

    operations = [
        migrations.RemoveIndex(model_name="moneyback", name="memberships_back_when"),
        migrations.AddIndex(
            model_name="moneyback",
            index=models.Index(fields=["kind", "-created_at", "-id"], name="memberships_back_kind"),
        ),
    ]
