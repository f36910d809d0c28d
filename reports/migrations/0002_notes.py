"""Triggers that note whose MRR moved and which day's money is new or changed; indexes that the reports read by."""

from django.db import migrations

NOTE = """
CREATE FUNCTION reports_note_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_memberchange (member_id) SELECT DISTINCT member_id FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER reports_mrr_moves AFTER INSERT ON memberships_movement REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION reports_note_members();

-- What went back of a payment is counted in the plan and the country of the payment
CREATE FUNCTION reports_note_top_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_daychange (at) SELECT NEW.paid_at
        UNION SELECT OLD.paid_at WHERE TG_OP = 'UPDATE' AND OLD.paid_at IS NOT NULL
        UNION SELECT created_at FROM billing_refund WHERE top_up_id = NEW.id
        UNION SELECT created_at FROM billing_dispute WHERE top_up_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER reports_top_up_is_new AFTER INSERT ON billing_topup FOR EACH ROW WHEN (NEW.paid_at IS NOT NULL)
    EXECUTE FUNCTION reports_note_top_up();
CREATE TRIGGER reports_top_up_changes AFTER UPDATE ON billing_topup FOR EACH ROW WHEN (NEW.paid_at IS NOT NULL AND
    (OLD.paid_at, OLD.amount, OLD.cash, OLD.country) IS DISTINCT FROM (NEW.paid_at, NEW.amount, NEW.cash, NEW.country))
    EXECUTE FUNCTION reports_note_top_up();

CREATE FUNCTION reports_note_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_daychange (at) SELECT NEW.paid_at
        UNION SELECT OLD.paid_at WHERE TG_OP = 'UPDATE' AND OLD.paid_at IS NOT NULL
        UNION SELECT created_at FROM memberships_moneyback WHERE invoice_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER reports_invoice_is_new AFTER INSERT ON memberships_invoice FOR EACH ROW WHEN (NEW.paid_at IS NOT NULL)
    EXECUTE FUNCTION reports_note_invoice();
CREATE TRIGGER reports_invoice_changes AFTER UPDATE ON memberships_invoice FOR EACH ROW WHEN (NEW.paid_at IS NOT NULL AND
    (OLD.paid_at, OLD.cash, OLD.tax, OLD.country, OLD.covers_from, OLD.covers_until)
    IS DISTINCT FROM (NEW.paid_at, NEW.cash, NEW.tax, NEW.country, NEW.covers_from, NEW.covers_until))
    EXECUTE FUNCTION reports_note_invoice();

CREATE FUNCTION reports_note_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_daychange (at) VALUES (NEW.created_at);
    RETURN NULL;
END $$;
CREATE TRIGGER reports_refund_is_told AFTER INSERT OR UPDATE ON billing_refund
    FOR EACH ROW EXECUTE FUNCTION reports_note_return();
CREATE TRIGGER reports_dispute_is_told AFTER INSERT OR UPDATE ON billing_dispute
    FOR EACH ROW EXECUTE FUNCTION reports_note_return();
CREATE TRIGGER reports_money_back_is_told AFTER INSERT OR UPDATE ON memberships_moneyback
    FOR EACH ROW EXECUTE FUNCTION reports_note_return();

CREATE INDEX reports_top_up_paid ON billing_topup (paid_at, id) WHERE paid_at IS NOT NULL;
CREATE INDEX reports_invoice_paid ON memberships_invoice (paid_at, id) WHERE paid_at IS NOT NULL;
CREATE INDEX reports_movement_restates ON memberships_movement (restates) INCLUDE (amount) WHERE restates IS NOT NULL;
"""
FORGET = """
DROP INDEX reports_movement_restates, reports_invoice_paid, reports_top_up_paid;
DROP TRIGGER reports_money_back_is_told ON memberships_moneyback;
DROP TRIGGER reports_dispute_is_told ON billing_dispute;
DROP TRIGGER reports_refund_is_told ON billing_refund;
DROP TRIGGER reports_invoice_changes ON memberships_invoice;
DROP TRIGGER reports_invoice_is_new ON memberships_invoice;
DROP TRIGGER reports_top_up_changes ON billing_topup;
DROP TRIGGER reports_top_up_is_new ON billing_topup;
DROP TRIGGER reports_mrr_moves ON memberships_movement;
DROP FUNCTION reports_note_return(), reports_note_invoice(), reports_note_top_up(), reports_note_members();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0011_country"),
        ("memberships", "0004_doubles"),
        ("reports", "0001_reports"),
    ]

    operations = [migrations.RunSQL(NOTE, FORGET)]
