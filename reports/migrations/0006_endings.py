"""What of each member's MRR is about to end: rows, and a trigger that notes whose subscription is told anew."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

NOTE = """
CREATE FUNCTION reports_note_versions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_memberchange (member_id)
        SELECT DISTINCT s.member_id FROM added JOIN memberships_subscription s ON s.id = added.subscription_id;
    RETURN NULL;
END $$;
CREATE TRIGGER reports_subscription_is_told AFTER INSERT ON memberships_version REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION reports_note_versions();
"""
FORGET = """
DROP TRIGGER reports_subscription_is_told ON memberships_version;
DROP FUNCTION reports_note_versions();
"""


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("memberships", "0010_what_waits"),
        ("reports", "0005_zones"),
    ]

    operations = [
        migrations.CreateModel(
            name="MemberEnding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("until", models.DateField(null=True)),
                ("amount", models.DecimalField(decimal_places=6, max_digits=20)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["until", "month"], name="reports_ending_until")],
                "constraints": [models.UniqueConstraint(fields=("member", "month"), name="reports_one_member_ending")],
            },
        ),
        migrations.RunSQL(NOTE, FORGET),
    ]
