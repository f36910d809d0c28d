"""Rows with a payment page at Stripe, see billing/payment_page.py."""

from datetime import datetime

from django.db import models
from django.db.models.functions import Least, Now


class PageQuerySet(models.QuerySet):
    def payable(self):
        """Those whose page can still be opened and paid."""
        return self.filter(status__in=(self.model.Status.CREATING, self.model.Status.OPEN))

    def end(self, at: datetime | None = None) -> int:
        """Nobody can pay these any more: since `at`, else since now, or since they were over. Returns how many rows."""
        over = Least("expires_at", at or Now())
        return self.update(status=self.model.Status.EXPIRED, checkout_url="", expires_at=over)
