"""Jobs read again what was kept in less detail before: what the lines of older invoices say, and when discounts end.

A worker that still runs what was before knows neither kind: it fails them, and they are tried again minutes later.
"""

from django.db import migrations

LINES, DISCOUNT = "memberships.read_invoice_lines", "memberships.ask_discount"


def ask(apps, schema_editor):
    using = schema_editor.connection.alias
    invoices = apps.get_model("memberships", "Invoice").objects.using(using)
    discounts = apps.get_model("memberships", "CustomerDiscount").objects.using(using)
    wanted = {}
    if invoices.filter(paid_at__isnull=False, bought=0, unused=0).exclude(reason="subscription_create").exists():
        wanted[LINES] = LINES, {"after": 0, "unread": 0}
    for customer in discounts.filter(heard_at=None, ended_at=None).values_list("customer_id", flat=True):
        wanted[f"{DISCOUNT}:{customer}"[:200]] = DISCOUNT, {"customer": customer}
    job = apps.get_model("jobs", "Job")
    rows = [job(kind=kind, payload=payload, dedupe_key=key) for key, (kind, payload) in wanted.items()]
    job.objects.using(using).bulk_create(rows, batch_size=1000, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("memberships", "0019_one_stretch"), ("jobs", "0001_initial")]

    operations = [migrations.RunPython(ask, migrations.RunPython.noop)]
