"""Events of Stripe keep what was processed, not who it was: what is personal in one can be emptied, once, for good.

The application may not change an event, so this runs as the owner and can do nothing but that. The digest of the bytes
that came still proves what was received.
"""

from django.db import migrations

REDACT = """
CREATE FUNCTION billing_redacted(value jsonb, people text[]) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  CASE jsonb_typeof(value)
  WHEN 'object' THEN
    RETURN (SELECT coalesce(jsonb_object_agg(key, CASE WHEN key IN
        ('customer_details', 'customer_email', 'billing_details', 'receipt_email', 'receipt_url', 'shipping', 'evidence',
         'collected_information', 'custom_fields', 'email', 'name', 'phone', 'address', 'fingerprint')
      THEN 'null' ELSE billing_redacted(item, people) END), '{}') FROM jsonb_each(value) AS of_it(key, item));
  WHEN 'array' THEN
    RETURN (SELECT coalesce(jsonb_agg(billing_redacted(item, people) ORDER BY place), '[]')
      FROM jsonb_array_elements(value) WITH ORDINALITY AS of_it(item, place));
  WHEN 'string' THEN
    RETURN CASE WHEN EXISTS (SELECT FROM unnest(people) AS one WHERE strpos(lower(value #>> '{}'), lower(one)) > 0)
      THEN 'null' ELSE value END;
  ELSE
    RETURN value;
  END CASE;
END $$;

CREATE FUNCTION billing_redact_event(event bigint, people text[]) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE billing_stripeevent SET payload = (billing_redacted(payload::jsonb, people) || jsonb_build_object('redacted',
      jsonb_build_object('at', now(), 'sha256', encode(sha256(convert_to(payload, 'UTF8')), 'hex'))))::text
    WHERE id = event AND NOT payload::jsonb ? 'redacted';
  RETURN FOUND;
END $$;

DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION billing_redacted SET search_path = pg_catalog, %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION billing_redact_event SECURITY DEFINER SET search_path = pg_catalog, %I, pg_temp',
    current_schema());
END $$;
REVOKE EXECUTE ON FUNCTION billing_redacted, billing_redact_event FROM PUBLIC;
"""
GONE = "DROP FUNCTION billing_redact_event; DROP FUNCTION billing_redacted;"


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_fingerprint_of_payments")]
    operations = [migrations.RunSQL(REDACT, GONE)]
