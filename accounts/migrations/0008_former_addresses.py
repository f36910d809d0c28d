"""What addresses people had, so that a purge finds them; those of earlier changes are in the log."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FROM_THE_LOG = """
INSERT INTO accounts_formeraddress (user_id, email)
SELECT DISTINCT u.id, left(lower(e.before ->> 'email'), 254)
FROM audit_auditevent e JOIN accounts_user u ON e.target = 'user:' || u.id
WHERE e.verb IN ('user.email_changed', 'user.email_corrected') AND strpos(e.before ->> 'email', '@') > 0
  AND u.purged_at IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_own_data"), ("audit", "0004_on_behalf_of")]
    operations = [
        migrations.CreateModel(
            name="FormerAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_addresses",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "email"), name="accounts_former_address_once")],
            },
        ),
        migrations.RunSQL(FROM_THE_LOG, migrations.RunSQL.noop),
    ]
