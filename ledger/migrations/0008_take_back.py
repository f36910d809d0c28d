"""A grant is taken back with what it was for: a function of its own."""

from django.db import migrations

from ledger import install


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_notable_happened")]
    operations = [migrations.RunPython(install.load, migrations.RunPython.noop)]
