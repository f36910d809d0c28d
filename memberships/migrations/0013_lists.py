"""Indexes of the lists of Premium, and of the figures above them."""

from django.db import migrations, models
from django.db.models import F, Q

from poemvision.indexes import concurrently

NEWEST = ("-started_at", "-id")
LIVE = ("trialing", "active", "past_due", "unpaid", "paused")
RENEWING = Q(status__in=("active", "trialing", "past_due"), cancel_at=None, is_collected=True)
SUBSCRIPTIONS = [
    models.Index(fields=NEWEST, name="memberships_sub_owing", condition=Q(status__in=("past_due", "unpaid"))),
    models.Index(fields=NEWEST, name="memberships_sub_ending", condition=Q(status__in=LIVE, cancel_at__isnull=False)),
    models.Index(
        fields=NEWEST,
        name="memberships_sub_running_out",
        condition=RENEWING & Q(card_expires__lt=F("period_end__date")),
    ),
    models.Index(
        fields=["member"],
        include=["mrr", "status", "cancel_at", "is_collected"],
        name="memberships_sub_paying",
        condition=Q(mrr__gt=0),
    ),
]
INVOICES = [
    models.Index(
        fields=["status", "-created_at", "-id"],
        name="memberships_invoice_unpaid",
        condition=Q(status__in=("open", "uncollectible", "void")),
    )
]
ATTEMPTS = [
    models.Index(fields=["outcome", "-happened_at", "-id"], name="memberships_failed_outcome"),
    models.Index(fields=["invoice", "outcome"], name="memberships_failed_invoice"),
]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("memberships", "0012_outcomes_until_now")]

    operations = concurrently({"subscription": SUBSCRIPTIONS, "invoice": INVOICES, "failedattempt": ATTEMPTS})
