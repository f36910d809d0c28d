"""Warnings of what was paid for Premium are kept as those of top-ups. The table has few rows: what it must satisfy is
looked at with the column.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0013_validate_paid"), ("memberships", "0020_read_again")]

    operations = [
        migrations.AddField(
            model_name="fraudwarning",
            name="invoice",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="fraud_warnings",
                to="memberships.invoice",
            ),
        ),
        migrations.AlterField(
            model_name="fraudwarning",
            name="top_up",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="fraud_warnings",
                to="billing.topup",
            ),
        ),
        AddConstraintNotValid(
            model_name="fraudwarning",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("invoice__isnull", False), ("top_up", None)),
                    models.Q(("invoice", None), ("top_up__isnull", False)),
                    _connector="OR",
                ),
                name="billing_fraudwarning_of_one",
            ),
        ),
        ValidateConstraint(model_name="fraudwarning", name="billing_fraudwarning_of_one"),
    ]
