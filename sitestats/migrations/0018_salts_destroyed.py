from django.db import migrations

# Deleted rows stay in a table's file until something takes their place. TRUNCATE gives the table another file, and the
# old one is emptied with the commit
FUNCTION = """
CREATE FUNCTION sitestats_destroy_salts(before date) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  gone integer;
  kept sitestats_salt[];
BEGIN
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
  REVOKE EXECUTE ON FUNCTION sitestats_destroy_salts(date) FROM PUBLIC;
END $$;
"""


class Migration(migrations.Migration):
    """A salt that is destroyed leaves the files of the database as well."""

    dependencies = [("sitestats", "0017_landing_shapes")]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION sitestats_destroy_salts(date)")]
