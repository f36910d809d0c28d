"""The audit log can only grow, and each row is chained to the one before it when its transaction commits.

The chain is built by a deferred trigger: its lock is the last thing that a transaction takes, so audited work
runs in parallel and only the commits queue up. The trigger function belongs to the owner of the table
(SECURITY DEFINER): the application's database role needs INSERT and SELECT only.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.hash IS NULL AND NEW.hash IS NOT NULL
       AND to_jsonb(NEW) - 'position' - 'hash' = to_jsonb(OLD) - 'position' - 'hash' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_guard_row BEFORE UPDATE OR DELETE ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_guard();
CREATE TRIGGER audit_guard_table BEFORE TRUNCATE ON audit_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION audit_guard();
"""

# 0xA0D17 is this chain's key among advisory locks. The head is read by a statement of its own after the lock:
# a snapshot taken while waiting would not show the row that the lock's last holder has just committed.
SEAL = """
CREATE FUNCTION audit_seal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
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
        hash = encode(sha256(convert_to(coalesce(last_hash, repeat('0', 64)) || jsonb_build_array(
            last_position, NEW.id, to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            NEW.actor_id, NEW.verb, NEW.target, NEW.before, NEW.after, NEW.note, NEW.request_id, NEW.client
        )::text, 'UTF8')), 'hex')
    WHERE id = NEW.id;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audit_seal_row AFTER INSERT ON audit_auditevent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_seal();
"""

UNDO = """
DROP TRIGGER audit_seal_row ON audit_auditevent;
DROP TRIGGER audit_guard_row ON audit_auditevent;
DROP TRIGGER audit_guard_table ON audit_auditevent;
DROP FUNCTION audit_seal();
DROP FUNCTION audit_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(GUARD + SEAL, UNDO)]
