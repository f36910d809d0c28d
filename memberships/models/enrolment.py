"""One way into Premium: a member, a price, and Stripe's page on which both are made a subscription."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from billing.models.page import PageQuerySet
from memberships.models.invoice import FailedAttempt
from memberships.models.price import Price

LIFETIME = timedelta(hours=24)  # of a page, when Stripe is not told another


def _tomorrow():
    return timezone.now() + LIFETIME


class EnrolmentQuerySet(PageQuerySet):
    @transaction.atomic
    def end(self) -> int:
        """Nobody can pay these any more: what was tried on them is lost. Returns how many rows."""
        members = list(self.values_list("member", flat=True))
        ended = super().end()
        FailedAttempt.objects.filter(member__in=members).give_up()
        return ended


class Enrolment(models.Model):
    """Stripe's subscription names it, so that whatever is told first finds its member."""

    class Status(models.TextChoices):
        CREATING = "creating", "Starting"
        OPEN = "open", "Awaiting payment"
        COMPLETE = "complete", "Complete"
        EXPIRED = "expired", "Expired"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="enrolments")
    price = models.ForeignKey(Price, models.PROTECT, related_name="+")
    status = models.CharField(max_length=16, choices=Status, default=Status.CREATING)
    attempt = models.PositiveSmallIntegerField(default=1)
    session_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    checkout_url = models.TextField(blank=True)
    subscription_id = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(default=_tomorrow)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            # Two tabs, a double click, the back button: nobody subscribes twice
            models.UniqueConstraint(
                fields=["member"], condition=Q(status__in=("creating", "open")), name="memberships_one_payable"
            )
        ]

    @property
    def idempotency_key(self) -> str:
        """The key of the call that creates the Checkout Session; the attempt is stored before the call."""
        return f"enrolment:{self.public_id}:{self.attempt}"
