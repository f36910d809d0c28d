"""The daily proof that nothing is missing, and what it found."""

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When
from django.utils import timezone

from billing.models.balance import MONEY, BalanceTransaction
from billing.models.stripe_event import StripeEvent
from ledger.models import Transaction

PATIENCE = timezone.timedelta(minutes=10)  # then a repair that was asked for may be asked for again
OVERDUE = timezone.timedelta(days=1)  # a difference of this age needs a person, whatever its amount


class Reconciliation(models.Model):
    """One run: Stripe's balance transactions, the ledger and the events, matched three ways over all of history.

    `day` is the business day that a scheduled run proves; a person's run proves all until now. Figures are those at the
    end of the run: `on_its_way` is too young to be called missing, `unexplained` adds the differences up without their
    signs, so that two can never hide each other. `stripe_balance` is what Stripe itself says it holds.
    """

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    day = models.DateField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    job_number = models.BigIntegerField(null=True, help_text="The job that does it; jobs are forgotten after a while.")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    rows = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    differences = models.PositiveIntegerField(default=0)
    repaired = models.PositiveIntegerField(default=0)
    stripe_total = models.DecimalField(**MONEY, null=True)
    stripe_balance = models.DecimalField(**MONEY, null=True)
    ledger_total = models.DecimalField(**MONEY, null=True)
    on_its_way = models.DecimalField(**MONEY, null=True)
    waiting = models.PositiveIntegerField(default=0, help_text="How many rows are on their way.")
    unexplained = models.DecimalField(**MONEY, null=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="billing_reconciliation_one_runs"
            ),
            models.UniqueConstraint(
                fields=["day"], condition=~Q(state="failed"), name="billing_reconciliation_once_a_day"
            ),
        ]

    @property
    def is_over(self) -> bool:
        return self.state != self.State.RUNNING


class DifferenceQuerySet(models.QuerySet):
    def open(self):
        """Those that are still there."""
        return self.filter(settled_at=None)

    def in_order(self):
        """In the order in which they can be repaired: a payment before its refund, money before the word of it."""
        payment = Q(balance_transaction__type__in=("charge", "payment"))
        event = Q(kind=Difference.Kind.EVENT_NOT_APPLIED)
        return self.order_by(Case(When(event, then=2), When(payment, then=0), default=1), "happened_at", "pk")

    def being_repaired(self):
        """Open ones for which a person has just asked, and nothing was tried since."""
        asked = self.open().filter(asked_at__gte=timezone.now() - PATIENCE)
        return asked.filter(Q(tried_at=None) | Q(tried_at__lt=F("asked_at")))


class Difference(models.Model):
    """Something that two of the three sides say differently. `amount` is Stripe's side less the ledger's.

    It is found, and settled, by matching alone; a repair only does what should have happened, and is then matched.
    """

    class Kind(models.TextChoices):
        MISSING_IN_LEDGER = "missing_in_ledger", "Missing in the ledger"
        MISSING_AT_STRIPE = "missing_at_stripe", "Missing at Stripe"
        AMOUNTS_DIFFER = "amounts_differ", "Amounts differ"
        FEE_MISSING = "fee_missing", "Fee missing"
        EVENT_NOT_APPLIED = "event_not_applied", "Event never applied"
        OTHER_CURRENCY = "other_currency", "Other currency"
        STRIPE_TOTAL = "stripe_total", "Stripe’s total differs"

    kind = models.CharField(max_length=24, choices=Kind)
    subject = models.CharField(max_length=300)
    amount = models.DecimalField(**MONEY)
    happened_at = models.DateTimeField()
    balance_transaction = models.ForeignKey(BalanceTransaction, models.PROTECT, null=True, related_name="differences")
    transaction = models.ForeignKey(Transaction, models.PROTECT, null=True, related_name="+")
    event = models.ForeignKey(StripeEvent, models.PROTECT, null=True, related_name="+")
    found_at = models.DateTimeField(default=timezone.now)
    repairs = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(null=True, help_text="When a person last asked for a repair.")
    tried_at = models.DateTimeField(null=True)
    repaired_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    error = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True)

    objects = DifferenceQuerySet.as_manager()

    class Meta:
        ordering = ["-happened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(settled_at=None), name="billing_difference_one_open"
            )
        ]
        indexes = [
            models.Index(fields=["-happened_at", "-id"], name="billing_difference_when"),
            models.Index(fields=["found_at"], name="billing_difference_open", condition=Q(settled_at=None)),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.subject}"

    @property
    def is_open(self) -> bool:
        return self.settled_at is None

    @property
    def is_being_repaired(self) -> bool:
        asked = self.is_open and self.asked_at and self.asked_at > timezone.now() - PATIENCE
        return bool(asked) and (self.tried_at is None or self.tried_at < self.asked_at)

    @property
    def outcome(self) -> str:
        """How it stands, in words."""
        if self.is_open:
            return "Open"
        if not self.repairs:
            return "Resolved"
        return f"Repaired by {self.repaired_by}" if self.repaired_by_id else "Repaired by itself"
