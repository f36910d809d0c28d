"""A job reads what the lines of older invoices say, where there are any; see memberships/older_invoices.py."""

from django.db import migrations

KIND = "memberships.read_older_invoices"


def ask(apps, schema_editor):
    using = schema_editor.connection.alias
    invoices = apps.get_model("memberships", "Invoice").objects.using(using)
    if invoices.filter(paid_at__isnull=False, bought=0, unused=0).exists():
        facts = {"kind": KIND, "payload": {"after": 0}}
        apps.get_model("jobs", "Job").objects.using(using).get_or_create(dedupe_key=KIND, defaults=facts)


class Migration(migrations.Migration):
    dependencies = [("memberships", "0018_when_discounts_end"), ("jobs", "0001_initial")]

    operations = [migrations.RunPython(ask, migrations.RunPython.noop)]
