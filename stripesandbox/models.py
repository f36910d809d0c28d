"""What the sandbox remembers. A record's `wire` is the object exactly as it goes over the wire."""

import secrets
import string

from django.db import models

from stripesandbox import clock

ALPHABET = string.ascii_letters + string.digits
SHAPES = {"cs_test": ("a1", 56), "pi": ("3", 23), "evt": ("1", 23), "whsec": ("", 32), "req": ("", 14), "cus": ("", 14)}


def new_id(prefix: str) -> str:
    """An id in Stripe's form: a prefix that tells the kind, then letters and digits."""
    lead, length = SHAPES.get(prefix, ("1", 23))
    return f"{prefix}_{lead}{''.join(secrets.choice(ALPHABET) for _ in range(length))}"


def now() -> int:
    """Unix seconds, the only clock on the wire."""
    return int(clock.seconds())


class Record(models.Model):
    """One Stripe object of any kind."""

    seq = models.BigAutoField(primary_key=True)
    id = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=40)
    created = models.BigIntegerField()
    wire = models.JSONField()
    private = models.JSONField(default=dict)  # what the sandbox knows and Stripe would not show

    class Meta:
        indexes = [models.Index(fields=["kind", "seq"]), models.Index(fields=["kind", "created"])]

    def __getitem__(self, field):
        return self.wire[field]

    def change(self, **fields) -> dict:
        """Write fields; answer their former values, as an event's previous_attributes carries them."""
        before = {field: self.wire.get(field) for field, value in fields.items() if self.wire.get(field) != value}
        self.wire.update(fields)
        self.save(update_fields=["wire", "private"])
        return before


class Call(models.Model):
    """An API request under an idempotency key, and its answer once there is one."""

    idempotency_key = models.CharField(max_length=255, unique=True)
    request_id = models.CharField(max_length=40)
    fingerprint = models.CharField(max_length=64)
    started = models.BigIntegerField()
    status = models.IntegerField(null=True)
    body = models.TextField(default="")


class Delivery(models.Model):
    """One event on its way to one webhook endpoint."""

    PENDING, SENDING, DELIVERED, FAILED = "pending", "sending", "delivered", "failed"

    event = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, default=PENDING)
    attempts = models.JSONField(default=list)
    twist = models.JSONField(default=dict)  # how the letter differs from what Stripe would send, when a test wants it
    due_at = models.FloatField(db_index=True)
    created = models.BigIntegerField()


class Timer(models.Model):
    """Something that happens by itself at a given time: a bank debit settles, a session expires."""

    due_at = models.FloatField(db_index=True)
    verb = models.CharField(max_length=30)
    target = models.CharField(max_length=80)


class Switch(models.Model):
    """A knob for tests: deliveries paused, faults injected."""

    name = models.CharField(max_length=30, primary_key=True)
    value = models.JSONField()
