from django.db import migrations


class Migration(migrations.Migration):
    """ANALYZE keeps samples of a column in the catalog, where a salt would outlive its row: of salts it takes none.

    With a type, even its own, the column loses what was sampled of it; nothing is written anew.
    https://www.postgresql.org/docs/current/sql-altertable.html
    """

    dependencies = [("sitestats", "0021_room_for_visits")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE sitestats_salt ALTER COLUMN salt TYPE bytea, ALTER COLUMN salt SET STATISTICS 0",
            "ALTER TABLE sitestats_salt ALTER COLUMN salt SET STATISTICS -1",
        ),
    ]
