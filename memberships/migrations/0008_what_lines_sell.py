"""What the lines of an invoice sell and give back: by that, money moves on when a member switches."""

from decimal import Decimal

from django.db import migrations, models

MONEY = {"decimal_places": 6, "default": Decimal("0"), "max_digits": 20}


class Migration(migrations.Migration):
    dependencies = [("memberships", "0007_when_money_went_back")]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="bought",
            field=models.DecimalField(**MONEY, help_text="What its lines sell."),
        ),
        migrations.AddField(
            model_name="invoice",
            name="unused",
            field=models.DecimalField(**MONEY, help_text="What they give back of unused time."),
        ),
    ]
