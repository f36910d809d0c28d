"""Functions, triggers and storage settings of the ledger, from ledger/sql."""

from django.db import migrations

from ledger import install


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(install.load, migrations.RunPython.noop)]
