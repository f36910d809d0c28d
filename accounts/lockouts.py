"""Pauses after too many wrong passwords: each is recorded once, and a burst of them calls a person."""

import hashlib
from datetime import timedelta

from django.core.cache import cache
from django.utils import timezone

from accounts.models import User
from alerts.models import raise_alert
from audit.entries import UNKNOWN
from audit.models import AuditEvent, record
from tunables import values

VERB = "user.locked_out"
WINDOW = timedelta(minutes=15)
DAY = 24 * 60


def note(action: str, key: str, email: str, device: dict | None = None) -> None:
    """A sign-in was refused because `key` is paused. What follows within the same pause writes nothing."""
    name = f"lockout:{hashlib.sha256(f'{action} {key}'.encode()).hexdigest()}"
    minutes = DAY if action.endswith("_account") else values.get("lockout_minutes")
    if not cache.add(name, 1, timeout=60 * minutes):
        return
    record(None, VERB, User.objects.filter(email=email).first() or UNKNOWN, after=device)
    if _is_burst():
        raise_alert(
            "accounts.lockouts",
            "Many sign-ins are being paused",
            f"{values.get('lockouts_before_alert')} or more within 15 minutes. Somebody may be guessing passwords.",
            severity="bad",
            url=f"/admin/logs/?log.what={VERB}",
        )


def _is_burst() -> bool:
    """Whether the last n pauses lie within a quarter of an hour."""
    burst = values.get("lockouts_before_alert")
    times = list(AuditEvent.objects.filter(verb=VERB).order_by("-id").values_list("at", flat=True)[:burst])
    return len(times) == burst and timezone.now() - times[-1] <= WINDOW
