"""Which attempt of an invoice the bank wants the member to confirm; what was tried on a payment page comes to an end."""

from django.db import migrations, models

# Of an attempt that has no invoice its page says what became of it
OUTCOME = """
CREATE OR REPLACE FUNCTION memberships_outcome_of_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found memberships_invoice;
BEGIN
    IF NEW.invoice_id IS NOT NULL THEN
        SELECT * INTO found FROM memberships_invoice WHERE id = NEW.invoice_id FOR SHARE;
        NEW.outcome := memberships_outcome(NEW.card, found);
    END IF;
    RETURN NEW;
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION memberships_outcome_of_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found memberships_invoice;
BEGIN
    SELECT * INTO found FROM memberships_invoice WHERE id = NEW.invoice_id FOR SHARE;
    NEW.outcome := memberships_outcome(NEW.card, found);
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("memberships", "0013_lists")]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="asked_attempt",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="Which attempt the bank wants the member to confirm; 0: none."
            ),
        ),
        migrations.RunSQL(OUTCOME, BEFORE),
    ]
