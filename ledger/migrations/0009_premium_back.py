"""What goes back of Premium: kinds of their own, as it has no lot that gives it."""

from django.db import migrations, models

from ledger import install

KINDS = [
    ("top_up", "Top-up"),
    ("grant", "Grant"),
    ("expiry", "Expired"),
    ("adjustment", "Adjustment"),
    ("hold", "Hold"),
    ("release", "Hold released"),
    ("settle", "Hold settled"),
    ("charge", "Charge"),
    ("reversal", "Reversal"),
    ("refund", "Refund"),
    ("dispute", "Dispute"),
    ("premium_refund", "Refund of Premium"),
    ("premium_dispute", "Dispute of Premium"),
    ("reorder", "Lots put in order"),
    ("debt_written_off", "Debt written off"),
    ("fee", "Fee"),
    ("payout", "Payout"),
    ("transfer", "Transfer"),
    ("cost", "Provider cost"),
    ("true_up", "Provider cost corrected"),
    ("purge", "Account removed"),
]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0008_take_back")]
    operations = [
        migrations.AlterField("transaction", "kind", models.CharField(choices=KINDS, max_length=32)),
        migrations.RunPython(install.load, migrations.RunPython.noop),
    ]
