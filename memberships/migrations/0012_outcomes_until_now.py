"""What became of the attempts until now, some at a time: the trigger of 0011 finds it, the invoices first held."""

from django.db import migrations, transaction

AT_ONCE = 1000
HELD = """SELECT FROM memberships_invoice WHERE id IN (
    SELECT invoice_id FROM memberships_failedattempt WHERE id > %s AND id <= %s) ORDER BY id FOR SHARE"""
FOUND = "UPDATE memberships_failedattempt SET outcome = outcome WHERE id > %s AND id <= %s"


def find(apps, schema_editor):
    attempts = apps.get_model("memberships", "FailedAttempt").objects.order_by("-pk")
    newest = attempts.values_list("pk", flat=True).first() or 0
    for after in range(0, newest, AT_ONCE):
        with transaction.atomic(), schema_editor.connection.cursor() as cursor:
            for statement in (HELD, FOUND):
                cursor.execute(statement, [after, after + AT_ONCE])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("memberships", "0011_outcomes")]

    operations = [migrations.RunPython(find, migrations.RunPython.noop)]
