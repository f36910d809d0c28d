"""One row of each discount and coupon from each start."""

from django.db import migrations, models

from poemvision.indexes import PATIENCE, USUAL

NAME = "memberships_one_stretch"
TABLE = "memberships_customerdiscount"
FIELDS = ["stripe_id", "coupon_id", "starts_at"]


class Migration(migrations.Migration):
    """Its index is built beside those who write."""

    atomic = False
    dependencies = [("memberships", "0016_discounts_of_customers")]

    operations = [
        PATIENCE,
        migrations.RunSQL(
            [
                f"ALTER TABLE {TABLE} DROP CONSTRAINT IF EXISTS {NAME}",
                f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}",
                f"CREATE UNIQUE INDEX CONCURRENTLY {NAME} ON {TABLE} ({', '.join(FIELDS)})",
            ],
            migrations.RunSQL.noop,
        ),
        USUAL,
        migrations.RunSQL(
            f"ALTER TABLE {TABLE} ADD CONSTRAINT {NAME} UNIQUE USING INDEX {NAME}",
            f"ALTER TABLE {TABLE} DROP CONSTRAINT {NAME}",
            state_operations=[
                migrations.AddConstraint("customerdiscount", models.UniqueConstraint(fields=FIELDS, name=NAME))
            ],
        ),
    ]
