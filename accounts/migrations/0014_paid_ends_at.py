"""Until when paid credit is kept stands on a deleted account, as it was said. Those of before go by the setting."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_role_titles")]

    operations = [
        migrations.AddField("user", "paid_ends_at", models.DateTimeField(editable=False, null=True)),
    ]
