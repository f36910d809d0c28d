"""Top-ups that happen by themselves: what a member agreed to, the card it is charged to, and each attempt."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from billing.models.page import PageQuerySet
from billing.models.top_up import TopUp

LIFETIME = timedelta(hours=1)  # of the page on which a card is saved


class AutoTopUp(models.Model):
    """Below `threshold` of credit `amount` is charged to the card, up to `monthly_cap` in a month. US dollars."""

    PAGE = "/me/credit/auto/"

    class Off(models.TextChoices):
        MEMBER = "member", "Off"
        FAILURES = "failures", "Off after failed payments"
        STAFF = "staff", "Turned off by us"
        CARD = "card", "Off: the card was removed"

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, primary_key=True, related_name="auto_top_up"
    )
    is_on = models.BooleanField(default=False)
    off_because = models.CharField(max_length=16, choices=Off, default=Off.MEMBER)
    threshold = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    amount = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    monthly_cap = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    consent = models.TextField(blank=True)  # the sentence that was agreed to, as it was shown
    consented_at = models.DateTimeField(null=True, blank=True)
    customer_id = models.CharField(max_length=255, blank=True)
    payment_method_id = models.CharField(max_length=255, blank=True)
    card = models.CharField(max_length=40, blank=True)
    card_expires = models.DateField(null=True, blank=True)  # the last day on which it is good
    card_heard_at = models.DateTimeField(null=True, blank=True)  # when Stripe last told of it
    failures = models.PositiveSmallIntegerField(default=0)  # in a row
    cap_told_for = models.DateField(null=True, blank=True)  # the month for which the member was told
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-changed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_on=False)
                | Q(
                    threshold__isnull=False,
                    amount__isnull=False,
                    monthly_cap__isnull=False,
                    threshold__gt=0,
                    amount__gte=F("threshold"),
                    monthly_cap__gte=F("amount"),
                    consented_at__isnull=False,
                )
                & ~Q(payment_method_id=""),
                name="billing_auto_on_is_complete",
            ),
        ]
        indexes = [models.Index(fields=["member"], name="billing_auto_on", condition=Q(is_on=True))]

    @property
    def card_is_over(self) -> bool:
        """Whether its last day has passed, by UTC: banks go by days of their own, and Stripe may still renew it."""
        return self.card_expires is not None and self.card_expires < timezone.now().date()

    def summary(self) -> dict:
        """What the audit trail keeps of it."""
        sums = {name: getattr(self, name) for name in ("threshold", "amount", "monthly_cap")}
        return {"on": self.is_on, **{name: "" if sum_ is None else f"{sum_:.2f}" for name, sum_ in sums.items()}}


class AutoTopUpAttempt(models.Model):
    """One attempt. Its top-up is `processing` until Stripe has said what became of it; it is asked under one key."""

    MADE_AGAIN = "made_again"  # the code of one that a restored backup did not know

    auto = models.ForeignKey(AutoTopUp, models.PROTECT, related_name="attempts")
    top_up = models.OneToOneField(TopUp, models.PROTECT, related_name="auto_attempt")
    customer_id = models.CharField(max_length=255)
    payment_method_id = models.CharField(max_length=255)
    card = models.CharField(max_length=40, blank=True)
    code = models.CharField(max_length=64, blank=True)  # Stripe's, of what went wrong
    created_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(null=True, blank=True)  # when Stripe was first asked
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            # However many charges fall below the threshold at once
            models.UniqueConstraint(fields=["auto"], condition=Q(settled_at=None), name="billing_auto_one_attempt")
        ]
        indexes = [models.Index(fields=["auto", "-created_at"], name="billing_auto_attempts")]

    @property
    def idempotency_key(self) -> str:
        return f"auto-top-up:{self.top_up.public_id}"

    @property
    def is_made_again(self) -> bool:
        return self.code == self.MADE_AGAIN

    @property
    def needs_member(self) -> bool:
        """Whether the bank wants the member to confirm it, which nobody can do for them."""
        return self.code in ("authentication_required", "requires_action")


class CardSetup(models.Model):
    """One visit to Stripe's page on which a card is saved."""

    class Status(models.TextChoices):
        CREATING = "creating", "Starting"
        OPEN = "open", "Open"
        COMPLETE = "complete", "Complete"
        EXPIRED = "expired", "Expired"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="card_setups")
    status = models.CharField(max_length=16, choices=Status, default=Status.CREATING)
    attempt = models.PositiveSmallIntegerField(default=1)
    session_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    checkout_url = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True, blank=True)  # when its card became the one that is charged

    objects = PageQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(status__in=("creating", "open")), name="billing_setup_one_open"
            )
        ]

    @property
    def idempotency_key(self) -> str:
        """The key of the call that creates the session; the attempt is stored before the call."""
        return f"card-setup:{self.public_id}:{self.attempt}"
