"""What Stripe takes off all that a customer subscribes to, and the states of subscriptions that follow from it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("memberships", "0015_what_was_learnt_late")]

    operations = [
        migrations.CreateModel(
            name="CustomerDiscount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stripe_id", models.CharField(max_length=255, unique=True)),
                ("customer_id", models.CharField(db_index=True, max_length=255)),
                ("coupon_id", models.CharField(max_length=255)),
                ("terms", models.JSONField(null=True)),
                ("starts_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={"ordering": ["starts_at", "pk"]},
        ),
        migrations.AlterField(
            model_name="version",
            name="rank",
            field=models.PositiveSmallIntegerField(
                choices=[(0, "Created"), (1, "Updated"), (2, "Deleted"), (3, "Asked"), (4, "Discount")]
            ),
        ),
    ]
