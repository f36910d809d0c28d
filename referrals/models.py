"""Members' share codes, whom they brought, and what both got for it."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils import timezone

from ledger.models import Transaction


class ShareCode(models.Model):
    """A member's own code. `mark` stands for the network and the browser of the last sign-in (see doubts.py)."""

    member = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="share_code")
    code = models.CharField(max_length=20, unique=True)
    mark = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return self.code


class VisitDay(models.Model):
    """Browsers that a code led here for the first time, by business day."""

    code = models.ForeignKey(ShareCode, models.PROTECT, db_index=False, related_name="visit_days")
    day = models.DateField()
    visits = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "day"], name="referrals_visitday_once")]


class ReferralQuerySet(models.QuerySet):
    """Referrals by whether they count."""

    def counted(self):
        """Those that are attributed; the others signed up beyond the cap."""
        return self.exclude(state=Referral.State.OVER_CAP)


class Referral(models.Model):
    """A sign-up that a share code brought. Its state follows the money of the member's first top-up (rewards.py)."""

    class State(models.TextChoices):
        """Where the reward of a sign-up stands."""

        WAITING = "waiting", "Signed up"
        HELD = "held", "Held for review"
        REWARDED = "rewarded", "Rewarded"
        REVERSED = "reversed", "Taken back"
        REFUSED = "refused", "Refused"
        OVER_CAP = "over_cap", "Beyond the cap"

    TONES = {"held": "warn", "rewarded": "good", "reversed": "bad", "refused": "bad"}

    code = models.ForeignKey(ShareCode, models.PROTECT, db_index=False, related_name="referrals")
    member = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="referral")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    doubt = models.CharField(max_length=300, blank=True, help_text="Why it is held, in words.")
    mark = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    first_top_up = models.ForeignKey(Transaction, models.PROTECT, null=True, db_index=False, related_name="+")
    reward = models.DecimalField(max_digits=20, decimal_places=6, default=Decimal(0), help_text="To each of the two.")
    times = models.PositiveSmallIntegerField(default=0, help_text="Part of the names of its grants; 0 before.")
    moved_at = models.DateTimeField(null=True, help_text="When the reward was last given or taken back.")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["code", "-created_at", "-id"], name="referrals_by_code"),
            models.Index(fields=["-created_at", "-id"], name="referrals_newest"),
            models.Index(fields=["state", "-created_at", "-id"], name="referrals_by_state"),
        ]

    def __str__(self):
        return f"{self.code} → {self.member_id}"

    @property
    def tone(self) -> str:
        """How its badge is coloured."""
        return self.TONES.get(self.state, "")
