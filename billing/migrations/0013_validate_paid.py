"""Rows of before satisfy what 0012 asks of a paid top-up: looked at while payments go on."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("billing", "0012_auto_top_up")]
    operations = [ValidateConstraint(model_name="topup", name="billing_topup_paid_is_complete")]
