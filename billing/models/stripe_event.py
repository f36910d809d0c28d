"""What Stripe's webhook told us, stored before anything is done with it."""

import json

from django.db import models
from django.db.models import Q
from django.utils import timezone


class StripeEvent(models.Model):
    """One event, once. The raw JSON is the truth; the other columns are there to find it."""

    class State(models.TextChoices):
        NEW = "new", "New"
        APPLIED = "applied", "Applied"
        WAITING = "waiting", "Waiting for its payment"
        UNHANDLED = "unhandled", "Stored, no handler"
        QUARANTINED = "quarantined", "Quarantined"
        DEAD = "dead", "Dead"

    OPEN = (State.NEW, State.WAITING)
    REPLAYABLE = (State.NEW, State.WAITING, State.QUARANTINED, State.DEAD, State.UNHANDLED)

    event_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=128)
    object_id = models.CharField(max_length=255, blank=True)
    livemode = models.BooleanField()
    api_version = models.CharField(max_length=64, blank=True)
    created = models.DateTimeField()
    payload = models.TextField()
    state = models.CharField(max_length=16, choices=State, default=State.NEW)
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["object_id"], name="billing_event_object"),
            models.Index(
                fields=["id"], name="billing_event_unsettled", condition=~Q(state__in=("applied", "unhandled"))
            ),
        ]

    @property
    def object(self) -> dict:
        """`data.object` of the stored JSON: since stripe-python 15 an Event is no dict, so the raw text is parsed."""
        return json.loads(self.payload)["data"]["object"]

    def settle(self, state: "StripeEvent.State", error: str = "") -> None:
        """Write how this attempt ended, inside the transaction of its effect."""
        self.state, self.error, self.attempts = state, error, self.attempts + 1
        self.applied_at = timezone.now() if state == self.State.APPLIED else None
        self.save(update_fields=["state", "error", "attempts", "applied_at"])
