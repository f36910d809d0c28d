"""Refusals say dollars as people read them: $12.50."""

from django.db import migrations

from ledger import install


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_functions")]
    operations = [migrations.RunPython(install.load, migrations.RunPython.noop)]
