"""The mails that told a member of credit about to expire."""

from django.db import models

from ledger.models import Lot


class ExpiryNotice(models.Model):
    """That the notice `days` days ahead of a lot's expiry was sent."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="expiry_notices", db_index=False)
    days = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lot", "days"], name="billing_expiry_notice_once")]
