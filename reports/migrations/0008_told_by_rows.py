"""Rows say themselves what is restated, and whether all that a member pays ends, which the next look tells of each."""

from django.db import migrations, models

from poemvision.indexes import PATIENCE, USUAL, concurrently

RESTATED = """UPDATE reports_membermonth row SET is_restated = true
    FROM (SELECT DISTINCT member_id, month FROM memberships_movement WHERE restates IS NOT NULL) late
    WHERE row.member_id = late.member_id AND row.month = late.month"""
NOTE = "INSERT INTO reports_memberchange (member_id) SELECT DISTINCT member_id FROM reports_memberending"
INDEX = models.Index(fields=["month", "id"], name="reports_is_restated", condition=models.Q(is_restated=True))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("reports", "0007_lists_of_members")]

    operations = [
        migrations.AddField("membermonth", "is_restated", models.BooleanField(default=False, db_default=False)),
        migrations.AddField("memberending", "first", models.DateField(null=True)),
        migrations.AddField("memberending", "is_all", models.BooleanField(default=False, db_default=False)),
        PATIENCE,
        migrations.RunSQL([RESTATED, NOTE], migrations.RunSQL.noop),
        USUAL,
        *concurrently({"membermonth": [INDEX]}, {"membermonth": ["reports_restated"]}),
    ]
