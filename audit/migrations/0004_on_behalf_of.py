"""Who an act was done on behalf of. Rows without it are sealed exactly as before, so the old chain stays whole."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SEAL = """
CREATE OR REPLACE FUNCTION audit_seal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
DECLARE
    last_position bigint;
    last_hash text;
BEGIN
    PERFORM pg_advisory_xact_lock(x'A0D17'::int);
    SELECT position, hash INTO last_position, last_hash
        FROM audit_auditevent WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1;
    last_position := coalesce(last_position, 0) + 1;
    UPDATE audit_auditevent SET
        position = last_position,
        hash = encode(sha256(convert_to(coalesce(last_hash, repeat('0', 64)) || (jsonb_build_array(
            last_position, NEW.id, to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            NEW.actor_id, NEW.verb, NEW.target, NEW.before, NEW.after, NEW.note, NEW.request_id, NEW.client
        ) || CASE WHEN NEW.on_behalf_of_id IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(NEW.on_behalf_of_id) END
        )::text, 'UTF8')), 'hex')
    WHERE id = NEW.id;
    RETURN NULL;
END $$;
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION audit_seal() SET search_path = pg_catalog, %I, pg_temp', current_schema());
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_pinned_search_path"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.AddField(
            model_name="auditevent",
            name="on_behalf_of",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(SEAL, migrations.RunSQL.noop),
    ]
