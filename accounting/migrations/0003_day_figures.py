import django.db.models.deletion
from django.db import migrations, models

MONEY = {"decimal_places": 6, "max_digits": 24}
NAMES = ("revenue", "cost", "promotional", "fees", "refunds", "disputes", "lost", "breakage", "unspent", "unreconciled")
# The days that were added up already, so that no page reads zero until all of them are made anew
FIGURES = """
    INSERT INTO accounting_dayfigures (day, revenue, cost, promotional, fees, refunds, disputes, lost, breakage, unspent,
                                       unreconciled)
    SELECT day,
           coalesce(sum(credit - debit) FILTER (WHERE account LIKE 'revenue/%' OR account = 'subscription_revenue'), 0),
           coalesce(sum(debit - credit) FILTER (WHERE account LIKE 'cost/%'), 0),
           coalesce(sum(credit - debit) FILTER (WHERE account LIKE 'promo_usage/%'), 0),
           coalesce(sum(debit - credit) FILTER (WHERE account IN ('stripe_fees', 'paypal_fees')), 0),
           coalesce(sum(credit - debit) FILTER (WHERE account = 'stripe'
                                                      AND kind IN ('refund', 'reversal of refund')), 0),
           coalesce(sum(credit - debit) FILTER (WHERE account = 'stripe'
                                                      AND kind IN ('dispute', 'reversal of dispute')), 0),
           coalesce(sum(debit - credit) FILTER (WHERE account = 'disputes'), 0),
           coalesce(sum(credit - debit) FILTER (WHERE account = 'breakage'), 0),
           coalesce(sum(credit - debit) FILTER (WHERE account IN ('members/paid', 'members/held/paid')), 0),
           coalesce((SELECT sum(unreconciled) FROM accounting_dayservice s WHERE s.day = days.day), 0)
    FROM (SELECT day FROM accounting_daytotal UNION SELECT day FROM accounting_dayservice) AS days
    LEFT JOIN accounting_daytotal USING (day) GROUP BY day
"""
CALLS = """
    INSERT INTO accounting_daycalls (day, provider, service_id, invoice_id, calls, units, cost)
    SELECT (answered_at AT TIME ZONE look.zone)::date, provider, service_id, invoice_id, count(*), sum(units),
           sum(coalesce(reported, expected))
    FROM pricing_providercall, (SELECT zone FROM accounting_catchup ORDER BY at DESC LIMIT 1) AS look
    WHERE state = 'answered' GROUP BY 1, 2, 3, 4
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0002_time_baselines"),
        ("pricing", "0007_invoices_days"),
    ]

    operations = [
        migrations.CreateModel(
            name="DayFigures",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                *((name, models.DecimalField(**MONEY)) for name in NAMES),
            ],
        ),
        migrations.CreateModel(
            name="DayCalls",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("provider", models.CharField(max_length=40)),
                ("calls", models.BigIntegerField()),
                ("units", models.DecimalField(**MONEY)),
                ("cost", models.DecimalField(**MONEY)),
                (
                    "invoice",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="pricing.providerinvoice",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="pricing.service"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("day", "provider", "service", "invoice"),
                        name="accounting_one_day_calls",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.RunSQL([(FIGURES, None), (CALLS, None)], migrations.RunSQL.noop),
    ]
