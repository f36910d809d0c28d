"""The last low-balance mail of a member."""

from django.conf import settings
from django.db import models


class LowBalanceNotice(models.Model):
    """`after_transaction` is the ledger transaction that had last brought credit when the mail was sent."""

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, primary_key=True, related_name="low_balance_notice"
    )
    after_transaction = models.BigIntegerField()
    sent_at = models.DateTimeField()
