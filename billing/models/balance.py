"""What moved the balance at Stripe, as Stripe lists it."""

from django.db import models
from django.utils import timezone

MONEY = {"max_digits": 20, "decimal_places": 6}


class BalanceTransaction(models.Model):
    """One movement of Stripe's balance: a fact, stored once. See https://docs.stripe.com/api/balance_transactions/object.

    `amount` came in (or went out, below zero) before `fee`; `net` is what the balance felt. They are US dollars; where
    `currency` says otherwise, nothing adds them up and `payload` has them as Stripe wrote them.
    `charge` and `payment_intent` are those of the source.
    """

    txn_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=64)
    category = models.CharField(max_length=64, help_text="Stripe's reporting_category.")
    source = models.CharField(max_length=255, blank=True)
    charge = models.CharField(max_length=255, blank=True)
    payment_intent = models.CharField(max_length=255, blank=True)
    amount = models.DecimalField(**MONEY)
    fee = models.DecimalField(**MONEY)
    net = models.DecimalField(**MONEY)
    currency = models.CharField(max_length=8)
    created = models.DateTimeField()
    available_on = models.DateTimeField()
    payload = models.JSONField()
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created", "-pk"]
        indexes = [
            models.Index(fields=["-created", "-id"], name="billing_balance_when"),
            models.Index(fields=["source"], name="billing_balance_source"),
        ]

    def __str__(self):
        return self.txn_id

    @property
    def external_id(self) -> str:
        """The ledger's name for it, where it is booked by itself and not through its source."""
        return f"stripe:balance_transaction:{self.txn_id}"

    @property
    def fee_note(self) -> str:
        """What stands at the entry of its fee."""
        return f"Stripe's fee for {self.source or self.txn_id}"


class BalanceListing(models.Model):
    """One walk over Stripe's list of balance transactions, newest first; `cursor` is where it goes on if it was cut.

    It is complete when `finished_at` is set: the next one then begins at its start, less an overlap.
    """

    since = models.DateTimeField(null=True, help_text="None: from the very first.")
    cursor = models.CharField(max_length=255, blank=True)
    found = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
