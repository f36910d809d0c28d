"""Rows with a payment page at Stripe, see billing/payment_page.py."""

from django.db import models


class PageQuerySet(models.QuerySet):
    def payable(self):
        """Those whose page can still be opened and paid."""
        return self.filter(status__in=(self.model.Status.CREATING, self.model.Status.OPEN))

    def end(self) -> int:
        """Nobody can pay these any more. Returns how many rows."""
        return self.update(status=self.model.Status.EXPIRED, checkout_url="")
