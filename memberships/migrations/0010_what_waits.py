"""What of an invoice waits on the customer's balance. Those of a subscription that was switched are counted at once."""

from decimal import Decimal

from django.db import migrations, models
from django.utils import timezone


def count_soon(apps, schema_editor):
    """The next look at what is due (`memberships.recognise`) brings each to where it stands."""
    invoices = apps.get_model("memberships", "Invoice").objects
    switched = invoices.filter(unused__gt=0).values("subscription_id_at_stripe")
    paid = invoices.filter(subscription_id_at_stripe__in=switched, paid_at__isnull=False)
    paid.update(earns_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("memberships", "0009_what_went_back_by_kind")]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="waits",
            field=models.DecimalField(
                db_default=Decimal(0),
                decimal_places=6,
                default=Decimal(0),
                help_text="What of it is on the customer’s balance at Stripe.",
                max_digits=20,
            ),
        ),
        migrations.RunPython(count_soon, migrations.RunPython.noop),
    ]
