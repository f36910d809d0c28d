"""Credit of an account that is removed for good: a kind and a function of its own."""

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
    dependencies = [("ledger", "0004_functions_and_indexes")]
    operations = [
        migrations.AlterField("transaction", "kind", models.CharField(choices=KINDS, max_length=32)),
        migrations.RunPython(install.load, migrations.RunPython.noop),
    ]
