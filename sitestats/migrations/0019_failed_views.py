from django.db import migrations, models

from poemvision.indexes import PATIENCE, concurrently

NAME = "sitestats_pageview_failed"
WHAT = "(path_id) WHERE status >= 400"
LACKING = """SELECT p.relname::text FROM pg_inherits t JOIN pg_class p ON p.oid = t.inhrelid
    WHERE t.inhparent = 'sitestats_pageview'::regclass AND NOT EXISTS (
        SELECT FROM pg_index x JOIN pg_inherits i ON i.inhrelid = x.indexrelid
        WHERE x.indrelid = p.oid AND i.inhparent = %s::regclass)
    ORDER BY 1"""


def make(apps, schema_editor):
    """Day by day, while views are stored; begun again, it makes what is lacking. A new day has it by itself."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX IF NOT EXISTS {NAME} ON ONLY sitestats_pageview {WHAT}")
        cursor.execute(LACKING, [NAME])
        for (day,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {day}_failed")  # of an attempt that was broken off
            cursor.execute(f"CREATE INDEX CONCURRENTLY {day}_failed ON {day} {WHAT}")
            cursor.execute(f"ALTER INDEX {NAME} ATTACH PARTITION {day}_failed")


WHOLE_DAYS = models.Index(
    fields=["day", "kind"],
    include=("views", "visitors", "sessions"),
    condition=models.Q(by="all"),
    name="sitestats_whole_days",
)


class Migration(migrations.Migration):
    """Who asked for an address that nothing answers to is found without reading its days, and trends without slices."""

    atomic = False
    dependencies = [("sitestats", "0018_salts_destroyed")]

    operations = [
        PATIENCE,
        migrations.RunPython(make, lambda apps, schema_editor: schema_editor.execute(f"DROP INDEX {NAME}")),
        *concurrently({"dayslice": [WHOLE_DAYS]}),
    ]
