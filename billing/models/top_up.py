"""A top-up: one payment of one member, on Stripe's Checkout page or, as agreed, by itself."""

import uuid
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from billing.models.page import PageQuerySet

CHECKOUT_LIFETIME = timedelta(hours=1)


class StripeCustomer(models.Model):
    """Stripe's id of a member. A member may have several; the newest that is there is used for the next payment."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="stripe_customers")
    stripe_id = models.CharField(max_length=255, unique=True)
    email = models.CharField(max_length=512, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    heard_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]


class TopUpQuerySet(PageQuerySet):
    def unfinished(self):
        """Top-ups that a member may still pay, or that wait for a delayed payment."""
        return self.filter(status__in=TopUp.UNFINISHED)


class TopUp(models.Model):
    """`amount` is the face value in US dollars; `bonus` is granted on top; `cash` is what Stripe received."""

    class Status(models.TextChoices):
        CREATING = "creating", "Starting"
        OPEN = "open", "Awaiting payment"
        PROCESSING = "processing", "Processing"
        PAID = "paid", "Paid"
        FAILED = "failed", "Failed"
        EXPIRED = "expired", "Expired"

    waits = Decimal(0)  # what is paid for Premium may wait on the customer's balance, see memberships.Invoice
    EXTERNAL = "stripe:checkout.session:"
    EXTERNAL_AUTOMATIC = "stripe:payment_intent:"  # no session stands behind it
    UNFINISHED = (Status.CREATING, Status.OPEN, Status.PROCESSING)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="top_ups")
    status = models.CharField(max_length=16, choices=Status, default=Status.CREATING)
    amount = models.DecimalField(max_digits=20, decimal_places=6)
    bonus = models.DecimalField(max_digits=20, decimal_places=6, default=Decimal(0))
    cash = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    fee = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    form_key = models.UUIDField(unique=True)
    attempt = models.PositiveSmallIntegerField(default=1)
    session_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    payment_intent_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    charge_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    checkout_url = models.TextField(blank=True)
    receipt_url = models.TextField(blank=True)
    failure = models.TextField(blank=True)
    card = models.CharField(max_length=40, blank=True)
    # Stripe's name for the card or bank account itself, the same for whoever pays with it
    fingerprint = models.CharField(max_length=64, blank=True, db_default="")
    country = models.CharField(max_length=2, blank=True, db_default="", help_text="Of the billing address.")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)

    objects = TopUpQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0, bonus__gte=0), name="billing_topup_amounts"),
            models.CheckConstraint(
                condition=~Q(status="paid")
                | Q(paid_at__isnull=False, cash__isnull=False)
                & (Q(session_id__isnull=False) | Q(payment_intent_id__isnull=False)),
                name="billing_topup_paid_is_complete",
            ),
            # Two tabs, a double click, the back button: one payable Checkout page per member and amount.
            models.UniqueConstraint(
                F("member"), F("amount"), condition=Q(status__in=("creating", "open")), name="billing_topup_one_payable"
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-id"], name="billing_topup_member"),
            models.Index(fields=["fingerprint"], name="billing_topup_fingerprint", condition=~Q(fingerprint="")),
        ]

    def get_absolute_url(self) -> str:
        return f"/me/credit/top-ups/{self.public_id}/"

    @property
    def staff_url(self) -> str:
        return f"/admin/billing/top-ups/{self.pk}/"

    def paid_as(self) -> list[int]:
        """Other members who paid with the same card."""
        others = TopUp.objects.filter(fingerprint=self.fingerprint).exclude(member=self.member_id)
        return list(others.values_list("member_id", flat=True).distinct()) if self.fingerprint else []

    @property
    def idempotency_key(self) -> str:
        """The key of the call that creates the Checkout Session; the attempt is stored before the call."""
        return f"topup:{self.public_id}:{self.attempt}"

    @property
    def external_id(self) -> str:
        """The ledger's name for this payment."""
        if self.session_id is None and self.payment_intent_id:
            return f"{self.EXTERNAL_AUTOMATIC}{self.payment_intent_id}"
        return f"{self.EXTERNAL}{self.session_id}"

    @property
    def is_automatic(self) -> bool:
        """Whether nobody was there: see AutoTopUp."""
        return self.session_id is None and bool(self.payment_intent_id or hasattr(self, "auto_attempt"))

    @property
    def is_complete(self) -> bool:
        """Whether charge, receipt and Stripe's fee are known."""
        return self.fee is not None

    @property
    def cents(self) -> int:
        return int(self.amount * 100)
