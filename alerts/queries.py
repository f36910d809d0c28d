"""Reads of the alerts."""

from alerts.models import Alert
from ui import lists


def open_alerts():
    """What needs a person now: critical first, then the latest."""
    return Alert.objects.filter(acknowledged_at__isnull=True).order_by("severity", "-last_seen", "-id")


def acknowledged():
    """What somebody has dealt with, latest first."""
    closed = Alert.objects.filter(acknowledged_at__isnull=False).select_related("acknowledged_by")
    return closed.order_by("-last_seen", "-id")


def counts() -> dict[str, str]:
    """How many are open ("") and how many acknowledged."""
    return {"": lists.bounded_count(open_alerts()), "acknowledged": lists.bounded_count(acknowledged())}
