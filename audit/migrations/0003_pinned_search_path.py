"""The function that seals rows runs as its owner: nobody's temporary table may stand in for the log."""

from django.db import migrations

PIN = """
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION audit_seal() SET search_path = pg_catalog, %I, pg_temp', current_schema());
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]
    operations = [migrations.RunSQL(PIN, migrations.RunSQL.noop)]
