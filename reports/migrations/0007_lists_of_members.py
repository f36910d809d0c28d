"""Indexes of the lists of members; whose subscription ever was about to end is noted, so that the next look tells it."""

from django.db import migrations, models

from poemvision.indexes import PATIENCE, concurrently

NOTE = """INSERT INTO reports_memberchange (member_id) SELECT DISTINCT s.member_id
    FROM memberships_version v JOIN memberships_subscription s ON s.id = v.subscription_id
    WHERE v.facts->>'cancel_at' IS NOT NULL"""
INDEXES = [
    models.Index(fields=["month", "id"], name="reports_month"),
    models.Index(fields=["first", "month", "id"], name="reports_first_month"),
    models.Index(fields=["month", "id"], name="reports_restated", condition=~models.Q(restated=0)),
]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("reports", "0006_endings")]

    operations = [
        PATIENCE,
        migrations.RunSQL(NOTE, migrations.RunSQL.noop),
        *concurrently({"membermonth": INDEXES}, {"membermonth": ["reports_first"]}),
    ]
