"""What became of a failed attempt stands on its row, so that lists and figures read it by an index; triggers keep it."""

from django.db import migrations, models

OUTCOMES = """
CREATE FUNCTION memberships_outcome(card text, invoice memberships_invoice) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN invoice.status = 'paid' AND card <> '' AND invoice.card <> '' AND card <> invoice.card THEN 'card_changed'
        WHEN invoice.status = 'paid' THEN 'recovered'
        WHEN invoice.status IN ('uncollectible', 'void') THEN 'lost'
        WHEN invoice.status = 'open' AND invoice.next_attempt_at IS NULL AND invoice.attempts > 1 THEN 'lost'
        ELSE 'open' END
$$;

-- The invoice stands still meanwhile: whoever changes it next finds this attempt
CREATE FUNCTION memberships_outcome_of_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found memberships_invoice;
BEGIN
    SELECT * INTO found FROM memberships_invoice WHERE id = NEW.invoice_id FOR SHARE;
    NEW.outcome := memberships_outcome(NEW.card, found);
    RETURN NEW;
END $$;
CREATE TRIGGER memberships_attempt_comes_out BEFORE INSERT OR UPDATE ON memberships_failedattempt
    FOR EACH ROW EXECUTE FUNCTION memberships_outcome_of_attempt();

CREATE FUNCTION memberships_outcome_of_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE memberships_failedattempt SET outcome = memberships_outcome(card, NEW)
    WHERE invoice_id = NEW.id AND outcome <> memberships_outcome(card, NEW);
    RETURN NULL;
END $$;
CREATE TRIGGER memberships_invoice_comes_out AFTER UPDATE ON memberships_invoice FOR EACH ROW
    WHEN ((OLD.status, OLD.card, OLD.next_attempt_at, OLD.attempts)
          IS DISTINCT FROM (NEW.status, NEW.card, NEW.next_attempt_at, NEW.attempts))
    EXECUTE FUNCTION memberships_outcome_of_invoice();
"""
FORGET = """
DROP TRIGGER memberships_invoice_comes_out ON memberships_invoice;
DROP TRIGGER memberships_attempt_comes_out ON memberships_failedattempt;
DROP FUNCTION memberships_outcome_of_invoice(), memberships_outcome_of_attempt();
DROP FUNCTION memberships_outcome(text, memberships_invoice);
"""
CHOICES = [
    *[("open", "Open"), ("recovered", "Recovered"), ("card_changed", "Recovered with another card"), ("lost", "Lost")]
]


class Migration(migrations.Migration):
    dependencies = [("memberships", "0010_what_waits")]

    operations = [
        migrations.AddField(
            model_name="failedattempt",
            name="outcome",
            field=models.CharField(choices=CHOICES, db_default="open", default="open", max_length=12),
        ),
        migrations.RunSQL(OUTCOMES, FORGET),
    ]
