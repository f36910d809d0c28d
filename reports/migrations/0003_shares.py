"""What went back earlier of the same payment changes which cents of it are tax: all days of it are noted."""

from django.db import migrations

NOTE = """
CREATE OR REPLACE FUNCTION reports_note_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_daychange (at) SELECT NEW.created_at
        UNION SELECT created_at FROM billing_refund WHERE top_up_id = NEW.top_up_id
        UNION SELECT created_at FROM billing_dispute WHERE top_up_id = NEW.top_up_id;
    RETURN NULL;
END $$;
CREATE FUNCTION reports_note_money_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_daychange (at) SELECT created_at FROM memberships_moneyback WHERE invoice_id = NEW.invoice_id;
    RETURN NULL;
END $$;
DROP TRIGGER reports_money_back_is_told ON memberships_moneyback;
CREATE TRIGGER reports_money_back_is_told AFTER INSERT OR UPDATE ON memberships_moneyback
    FOR EACH ROW EXECUTE FUNCTION reports_note_money_back();
"""
FORGET = """
DROP TRIGGER reports_money_back_is_told ON memberships_moneyback;
DROP FUNCTION reports_note_money_back();
CREATE OR REPLACE FUNCTION reports_note_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_daychange (at) VALUES (NEW.created_at);
    RETURN NULL;
END $$;
CREATE TRIGGER reports_money_back_is_told AFTER INSERT OR UPDATE ON memberships_moneyback
    FOR EACH ROW EXECUTE FUNCTION reports_note_return();
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_notes")]

    operations = [migrations.RunSQL(NOTE, FORGET)]
