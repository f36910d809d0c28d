"""Tax stands in no figure: it is no longer kept beside them."""

from django.db import migrations

DEFAULT = "ALTER TABLE reports_dayrevenue ALTER COLUMN tax SET DEFAULT 0"
NO_DEFAULT = "ALTER TABLE reports_dayrevenue ALTER COLUMN tax DROP DEFAULT"


class Migration(migrations.Migration):
    """Whoever still runs what was before writes the column: it stays, empty of what is new, and goes later."""

    dependencies = [("reports", "0009_restated")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(DEFAULT, NO_DEFAULT)],
            state_operations=[migrations.RemoveField("dayrevenue", "tax")],
        )
    ]
