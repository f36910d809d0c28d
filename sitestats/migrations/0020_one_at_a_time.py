from django.db import migrations

# Two that look and then want the table to themselves would wait for each other
FUNCTION = """
CREATE OR REPLACE FUNCTION sitestats_destroy_salts(before date) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  gone integer;
  kept sitestats_salt[];
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('sitestats.salts'));
  IF NOT EXISTS (SELECT FROM sitestats_salt WHERE day < before) THEN
    RETURN 0;
  END IF;
  LOCK TABLE sitestats_salt IN ACCESS EXCLUSIVE MODE;
  SELECT count(*) FILTER (WHERE day < before), array_agg(s) FILTER (WHERE day >= before) INTO gone, kept
    FROM sitestats_salt s;
  TRUNCATE sitestats_salt;
  INSERT INTO sitestats_salt SELECT * FROM unnest(kept);
  RETURN gone;
END $$;

DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION sitestats_destroy_salts(date) SET search_path = %I, pg_temp', current_schema());
END $$;
"""
# Of whoever was purged before: as erasing.forget_way leaves it now
FORGOTTEN = """UPDATE sitestats_acquisition a SET medium = '', share_target = '' FROM accounts_user u
    WHERE u.id = a.user_id AND u.purged_at IS NOT NULL AND (a.medium <> '' OR a.share_target <> '')"""


class Migration(migrations.Migration):
    """Two who tend the room at once do it one after the other; of a purged member less is left."""

    dependencies = [("sitestats", "0019_failed_views"), ("accounts", "0002_roles_suspension_removal")]

    operations = [
        migrations.RunSQL(FUNCTION, migrations.RunSQL.noop),
        migrations.RunSQL(FORGOTTEN, migrations.RunSQL.noop),
    ]
