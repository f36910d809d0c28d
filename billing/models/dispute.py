"""A dispute of a payment, and the warning that one may come; both are the bank's, heard through Stripe."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

from billing.models.top_up import TopUp

WARNED_FOR = timedelta(days=120)  # as long as a cardholder may usually dispute


class DisputeQuerySet(models.QuerySet):
    def of(self, member):
        """Those of what a member paid, for credit or for Premium."""
        return self.filter(models.Q(top_up__member=member) | models.Q(invoice__member=member))

    def open(self):
        """Those that the bank has not decided yet, inquiries included."""
        return self.filter(status__in=(*Dispute.INQUIRIES, *Dispute.CONTESTED))

    def with_the_bank(self):
        """Those whose money is gone, for now or for good."""
        return self.exclude(status__in=(*Dispute.INQUIRIES, Dispute.Status.WARNING_CLOSED, Dispute.Status.WON))


class Dispute(models.Model):
    """Stripe's dispute object as last heard, of a top-up or of an invoice; https://docs.stripe.com/api/disputes/object.

    `heard_at` is when Stripe said so: an older word never overwrites a newer one. The money is booked from the
    dispute's balance transactions, whatever the status; evidence stays at Stripe.
    """

    class Status(models.TextChoices):
        WARNING_NEEDS_RESPONSE = "warning_needs_response", "Inquiry, needs an answer"
        WARNING_UNDER_REVIEW = "warning_under_review", "Inquiry, under review"
        WARNING_CLOSED = "warning_closed", "Inquiry closed"
        NEEDS_RESPONSE = "needs_response", "Needs an answer"
        UNDER_REVIEW = "under_review", "Under review"
        PREVENTED = "prevented", "Prevented"
        WON = "won", "Won"
        LOST = "lost", "Lost"
        APPEAL_NEEDS_RESPONSE = "appeal_needs_response", "Appeal, needs an answer"
        APPEAL_UNDER_REVIEW = "appeal_under_review", "Appeal, under review"

    INQUIRIES = (Status.WARNING_NEEDS_RESPONSE, Status.WARNING_UNDER_REVIEW)
    CONTESTED = (
        Status.NEEDS_RESPONSE,
        Status.UNDER_REVIEW,
        Status.APPEAL_NEEDS_RESPONSE,
        Status.APPEAL_UNDER_REVIEW,
    )
    WAITING = (Status.WARNING_NEEDS_RESPONSE, Status.NEEDS_RESPONSE, Status.APPEAL_NEEDS_RESPONSE)

    top_up = models.ForeignKey(TopUp, models.PROTECT, null=True, related_name="disputes")
    invoice = models.ForeignKey("memberships.Invoice", models.PROTECT, null=True, related_name="disputes")
    stripe_id = models.CharField(max_length=255, unique=True)
    amount = models.DecimalField(max_digits=20, decimal_places=6)
    status = models.CharField(max_length=32, choices=Status)
    reason = models.CharField(max_length=64, blank=True)
    answer_by = models.DateTimeField(null=True, blank=True)
    answered = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    heard_at = models.DateTimeField()

    objects = DisputeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="billing_dispute_amount"),
            models.CheckConstraint(
                condition=models.Q(top_up=None, invoice__isnull=False) | models.Q(top_up__isnull=False, invoice=None),
                name="billing_dispute_of_one",
            ),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="billing_dispute_when")]

    def __str__(self):
        return self.stripe_id

    @property
    def payment(self):
        """What the member had paid: a top-up, or an invoice for Premium."""
        return self.top_up or self.invoice

    @property
    def member(self):
        return self.payment.member

    @property
    def external_id(self) -> str:
        """The ledger's name for the money that the bank withdrew."""
        return f"stripe:dispute:{self.stripe_id}"

    @property
    def reinstated_external_id(self) -> str:
        """The ledger's name for giving it back, when the dispute is won."""
        return f"{self.external_id}:reinstated"

    @property
    def is_open(self) -> bool:
        return self.status in (*self.INQUIRIES, *self.CONTESTED)

    @property
    def needs_answer(self) -> bool:
        """Whether the bank waits for us: the evidence is given at Stripe."""
        return self.status in self.WAITING and not self.answered

    def takes(self, status: str, heard_at) -> bool:
        """Whether `status`, said at `heard_at`, is newer. Stripe's times have whole seconds: the later step wins."""
        order = list(self.Status.values)
        return (heard_at, order.index(status)) > (self.heard_at, order.index(self.status))


class FraudWarningQuerySet(models.QuerySet):
    def of(self, member):
        """Those of what a member paid, for credit or for Premium."""
        return self.filter(models.Q(top_up__member=member) | models.Q(invoice__member=member))

    def undecided(self):
        """Those of the last 120 days of payments that are not disputed: of a dispute the bank says more."""
        since = timezone.now() - WARNED_FOR
        return self.filter(created_at__gte=since, top_up__disputes=None, invoice__disputes=None)


class FraudWarning(models.Model):
    """An early fraud warning: the card's issuer suspects fraud; see https://docs.stripe.com/api/radar/early_fraud_warnings."""

    top_up = models.ForeignKey(TopUp, models.PROTECT, null=True, related_name="fraud_warnings")
    invoice = models.ForeignKey(  # there are few: what is looked for is found without an index
        "memberships.Invoice", models.PROTECT, null=True, db_index=False, related_name="fraud_warnings"
    )
    stripe_id = models.CharField(max_length=255, unique=True)
    fraud_type = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = FraudWarningQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(top_up=None, invoice__isnull=False) | models.Q(top_up__isnull=False, invoice=None),
                name="billing_fraudwarning_of_one",
            )
        ]

    @property
    def payment(self):
        """What the member had paid: a top-up, or an invoice for Premium."""
        return self.top_up or self.invoice
