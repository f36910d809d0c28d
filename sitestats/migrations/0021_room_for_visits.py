from django.db import migrations


class Migration(migrations.Migration):
    """A visit is written anew with each batch of its visitor's views: beside where it stood, no index need know of it.

    https://www.postgresql.org/docs/current/storage-hot.html
    """

    dependencies = [("sitestats", "0020_one_at_a_time")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE sitestats_visit SET (fillfactor = 60)", "ALTER TABLE sitestats_visit RESET (fillfactor)"
        ),
    ]
