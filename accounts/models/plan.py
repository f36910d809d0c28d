"""A plan that staff gave, beside whatever Stripe says."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone


class Plan(models.TextChoices):
    """What a member may be on."""

    FREE = "free", "Free"
    PREMIUM = "premium", "Premium"
    COMPED = "comped", "Comped"

    @classmethod
    def given(cls) -> list[tuple[str, str]]:
        """What staff may decide, as (value, label); Premium is only paid for."""
        return [(plan.value, plan.label) for plan in (cls.FREE, cls.COMPED)]


class PlanOverrideQuerySet(models.QuerySet):
    """`PlanOverride.objects`."""

    def in_force(self):
        """Those that hold now: not ended by hand, and their time not over."""
        return self.filter(Q(until=None) | Q(until__gt=Now()), ended_at=None)


class PlanOverride(models.Model):
    """One decision. When its time is over, or somebody ends it, the plan is again what the member pays for.

    `until` is the moment from which it holds no more, None: until somebody ends it, which is `ended_at`. A member has
    one that is not ended; whose time is over may be it.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="plan_overrides")
    plan = models.CharField(max_length=12, choices=Plan.given())
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = PlanOverrideQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(ended_at=None), name="accounts_one_plan_override")
        ]

    def __str__(self):
        return f"{self.user_id}: {self.plan}"
