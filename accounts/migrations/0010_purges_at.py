"""The day of a purge stands on the account; of those that wait for it, as their job has it."""

from django.db import migrations, models
from django.db.models import Q

AS_PROMISED = """
UPDATE accounts_user u SET purges_at = coalesce(
    u.purged_at,
    (SELECT max(j.run_at) FROM jobs_job j
     WHERE j.kind = 'accounts.purge' AND j.state IN ('new', 'running') AND (j.payload ->> 'user')::bigint = u.id),
    u.deleted_at + interval '30 days')
WHERE u.deleted_at IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_last_seen"), ("jobs", "0001_initial")]
    operations = [
        migrations.AddField("user", "purges_at", models.DateTimeField(editable=False, null=True)),
        migrations.RunSQL(AS_PROMISED, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "user",
            models.CheckConstraint(
                condition=Q(deleted_at=None, purges_at=None) | Q(deleted_at__isnull=False, purges_at__isnull=False),
                name="accounts_user_deleted_until",
            ),
        ),
    ]
