"""Invite codes for customers, and who came in by them."""

import uuid
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.utils import timezone

from tunables import values
from ui.format import grouped_code


class InviteQuerySet(models.QuerySet):
    """Codes by what they are good for now."""

    def good(self, email: str = ""):
        """Codes that still let somebody in: this address, where one is asked about."""
        good = self.in_state(Invite.State.ACTIVE)
        if not email:
            return good
        domain = email.rpartition("@")[2].lower()
        return good.filter(Q(email="") | Q(email=email.lower()), Q(domain="") | Q(domain=domain))

    def gift(self) -> Decimal:
        """What they may give at most beyond what any code gives now, in US dollars, used or not."""
        usual = values.get("invite_grant_usd")
        beyond = Sum((F("grant") - usual) * F("limit"), default=Decimal(0))
        return self.filter(grant__gt=usual).aggregate(total=beyond)["total"]

    def in_state(self, state: str):
        """Those of one `Invite.State`; each code is in exactly one: `Invite.state` says the same of one row."""
        on, places = Q(disabled_at=None), Q(used__lt=F("limit"))
        in_time = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        states = {
            "active": on & places & in_time,
            "disabled": ~on,
            "used_up": on & ~places,
            "expired": on & places & ~in_time,
        }
        return self.filter(states[state])


class Invite(models.Model):
    """One code: how many may come in by it, until when, with what, and whether it is meant for one address only."""

    class State(models.TextChoices):
        """What a code is now; never stored, for time alone changes it."""

        ACTIVE = "active", "Active"
        USED_UP = "used_up", "Used up"
        EXPIRED = "expired", "Expired"
        DISABLED = "disabled", "Disabled"

    TONES = {"active": "good", "used_up": "", "expired": "warn", "disabled": "bad"}

    code = models.CharField(max_length=20, unique=True)
    label = models.CharField(max_length=100, blank=True)
    limit = models.PositiveIntegerField(default=1)
    used = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)
    # What it gives; NULL is what the setting says at the sign-up
    grant = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    email = models.EmailField(max_length=254, blank=True)
    domain = models.CharField(max_length=253, blank=True)
    disabled_at = models.DateTimeField(null=True)
    batch = models.UUIDField(default=uuid.uuid4, editable=False)  # made by one click, however often it is sent
    number = models.PositiveSmallIntegerField(default=1, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = InviteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(used__lte=F("limit"), limit__gt=0), name="invites_within_the_limit"),
            models.CheckConstraint(
                condition=Q(grant__isnull=True) | Q(grant__gte=0), name="invites_grant_not_below_zero"
            ),
            models.CheckConstraint(condition=Q(email="") | Q(domain=""), name="invites_one_lock_at_most"),
            models.UniqueConstraint(fields=["batch", "number"], name="invites_made_once"),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="invites_latest")]

    def __str__(self):
        return grouped_code(self.code)

    @property
    def last_day(self):
        """The last moment at which it works; its day is what people see."""
        return self.expires_at and self.expires_at - timedelta(seconds=1)

    @property
    def state(self) -> str:
        """Its `State`: the same rule as `InviteQuerySet.in_state`."""
        if self.disabled_at:
            return self.State.DISABLED
        if self.used >= self.limit:
            return self.State.USED_UP
        return self.State.EXPIRED if self.expires_at and self.expires_at <= timezone.now() else self.State.ACTIVE

    @property
    def state_title(self) -> str:
        """The state in words."""
        return self.State(self.state).label

    @property
    def tone(self) -> str:
        """How its badge is coloured."""
        return self.TONES[self.state]

    @property
    def link(self) -> str:
        """The address that fills the code in."""
        return f"{settings.BASE_URL}/join/{self.code}/"

    @property
    def lock(self) -> str:
        """For whom it is meant, in words; empty for everybody."""
        return self.email or (f"anybody at {self.domain}" if self.domain else "")

    def is_meant_for(self, email: str) -> bool:
        """Whether it lets this address in, as `InviteQuerySet.good` asks of many."""
        return self.email in ("", email.lower()) and self.domain in ("", email.rpartition("@")[2].lower())


class Redemption(models.Model):
    """Who came in by a code. Written with the account, never changed."""

    invite = models.ForeignKey(Invite, models.PROTECT, related_name="redemptions")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="redemption")
    grant = models.DecimalField(max_digits=20, decimal_places=6, help_text="What was promised with it.")
    redeemed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["invite", "-id"], name="invites_redemptions")]

    def __str__(self):
        return f"{self.invite} → {self.user_id}"

    @property
    def to_come(self) -> Decimal:
        """What is given as soon as they confirm their address; 0 when that was so, or cannot be any more."""
        waits = self.user.awaits_welcome and not self.user.purged_at
        return self.grant if waits and self.invite.is_meant_for(self.user.email) else Decimal("0.00")
