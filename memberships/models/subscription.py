"""Stripe's subscription as last heard, and each state that it was ever in."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from memberships.models.price import MONEY, Interval, Price
from ui import clock

# As Subscription.renews and .card_runs_out, for lists and their indexes
RENEWING = Q(status__in=("active", "trialing", "past_due"), cancel_at=None, is_collected=True)
RUNNING_OUT = RENEWING & Q(card_expires__lt=F("period_end__date"))
OWING = ("past_due", "unpaid")
LIVE = ("trialing", "active", *OWING, "paused")
ENDING = Q(status__in=LIVE, cancel_at__isnull=False)
NEWEST = ("-started_at", "-id")


class SubscriptionQuerySet(models.QuerySet):
    def live(self):
        """Those that run, or would as soon as they are paid."""
        return self.filter(status__in=Subscription.LIVE)

    def heard(self):
        """Those of whose first payment it is known how it ended."""
        return self.exclude(status=Subscription.Status.INCOMPLETE)

    def unfinished(self):
        """Those that may still be charged: live, or awaiting their first payment."""
        return self.filter(status__in=(*Subscription.LIVE, Subscription.Status.INCOMPLETE))

    def premium(self):
        """Those that give Premium now: paid for, or so shortly past due that grace is given."""
        grace = Q(status=Subscription.Status.PAST_DUE, grace_until__gt=Now())
        return self.filter(Q(status__in=(Subscription.Status.ACTIVE, Subscription.Status.TRIALING)) | grace)


class Subscription(models.Model):
    """The newest of its versions, laid out in columns. https://docs.stripe.com/api/subscriptions/object"""

    class Status(models.TextChoices):
        INCOMPLETE = "incomplete", "Awaiting its first payment"
        INCOMPLETE_EXPIRED = "incomplete_expired", "Never paid"
        TRIALING = "trialing", "Trial"
        ACTIVE = "active", "Active"
        PAST_DUE = "past_due", "Past due"
        UNPAID = "unpaid", "Unpaid"
        PAUSED = "paused", "Paused"
        CANCELED = "canceled", "Ended"

    COUNTED = (Status.ACTIVE, Status.PAST_DUE)  # in MRR
    OWING, LIVE = OWING, LIVE

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="subscriptions")
    stripe_id = models.CharField(max_length=255, unique=True)
    customer_id = models.CharField(max_length=255)
    status = models.CharField(max_length=20, choices=Status)
    price = models.ForeignKey(Price, models.PROTECT, null=True, related_name="+")
    interval = models.CharField(max_length=8, choices=Interval)
    amount = models.DecimalField(**MONEY, help_text="Of one interval, for all that was bought.")
    mrr = models.DecimalField(**MONEY, default=Decimal(0))
    started_at = models.DateTimeField()
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    cancel_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    is_collected = models.BooleanField(default=True)
    grace_until = models.DateTimeField(null=True)
    is_double = models.BooleanField(default=False, help_text="A second one of the member's, which was ended for that.")
    method_id = models.CharField(max_length=255, blank=True)
    card = models.CharField(max_length=40, blank=True)
    card_expires = models.DateField(null=True, help_text="The last day of the card.")
    heard_at = models.DateTimeField()

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["member", "-id"], name="memberships_sub_member"),
            models.Index(fields=NEWEST, name="memberships_sub_started"),
            models.Index(fields=["customer_id"], name="memberships_sub_customer"),
            models.Index(fields=NEWEST, name="memberships_sub_owing", condition=Q(status__in=OWING)),
            models.Index(fields=NEWEST, name="memberships_sub_ending", condition=ENDING),
            models.Index(fields=NEWEST, name="memberships_sub_running_out", condition=RUNNING_OUT),
            models.Index(
                fields=["member"],
                include=["mrr", "status", "cancel_at", "is_collected"],
                name="memberships_sub_paying",
                condition=Q(mrr__gt=0),
            ),
        ]

    @property
    def is_live(self) -> bool:
        return self.status in self.LIVE

    @property
    def has_no_end(self) -> bool:
        """Whether another period follows this one: it renews, or will as soon as it is collected again."""
        statuses = (self.Status.ACTIVE, self.Status.TRIALING, self.Status.PAST_DUE)
        return self.status in statuses and self.cancel_at is None

    @property
    def renews(self) -> bool:
        """Whether another period is charged when this one is over."""
        return self.has_no_end and self.is_collected

    @property
    def is_owing(self) -> bool:
        """Whether its last period is not paid."""
        return self.status in self.OWING

    @property
    def is_ending(self) -> bool:
        """Whether it is paid, and ends at a time that is set."""
        return self.status in (self.Status.ACTIVE, self.Status.TRIALING) and self.cancel_at is not None

    @property
    def standing(self) -> str:
        """Its status in a word for staff."""
        return "Ending" if self.is_ending else self.get_status_display()

    @property
    def card_runs_out(self) -> bool:
        """Whether the card will not last until the next renewal."""
        return bool(self.renews and self.card_expires and self.card_expires < self.period_end.date())


class Version(models.Model):
    """One state, at the moment from which it held. Of one second: made, changed, ended, what Stripe answered, what the
    discount of its customer made of it.
    """

    class Rank(models.IntegerChoices):
        CREATED = 0
        UPDATED = 1
        DELETED = 2
        ASKED = 3
        DISCOUNT = 4

    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="versions")
    at = models.DateTimeField()
    rank = models.PositiveSmallIntegerField(choices=Rank)
    digest = models.CharField(max_length=64)
    status = models.CharField(max_length=20, choices=Subscription.Status)
    mrr = models.DecimalField(**MONEY)
    facts = models.JSONField()
    seen_at = models.DateTimeField(default=clock.now)

    ORDER = ("at", "rank", "digest")

    class Meta:
        ordering = ["at", "rank", "digest"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "at", "rank", "digest"], name="memberships_version_once")
        ]
