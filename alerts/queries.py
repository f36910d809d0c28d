"""Reads of the alerts."""

from alerts.models import Alert


def open_alerts():
    """What needs a person now: critical first, then the latest."""
    return Alert.objects.filter(acknowledged_at__isnull=True).order_by("severity", "-last_seen")


def acknowledged():
    return Alert.objects.filter(acknowledged_at__isnull=False).select_related("acknowledged_by")
