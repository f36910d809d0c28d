"""Say when the newest backup is too old, and in the embedded mode make one a day and try one a week."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min
from django.utils import timezone

from alerts.models import raise_alert, settle
from backups.models import Run
from jobs.models import Job
from tunables import values

EACH = {Run.Kind.BACKUP: timedelta(days=1), Run.Kind.DRILL: timedelta(days=7)}


def watch() -> None:
    """Every minute."""
    watch_age()
    if settings.EMBEDDED:  # in production, timers of systemd do it: see docs/backups.md
        enqueue_due()


def watch_age() -> None:
    """An alert when the newest backup, or an installation without one, is older than staff want."""
    age, limit = timezone.now() - since(Run.Kind.BACKUP), values.get("backup_age_alert_hours")
    if age <= timedelta(hours=limit):
        settle("backup-old")
        return
    hours = int(age.total_seconds() // 3600)
    newest = Run.newest(Run.Kind.BACKUP)
    sentence = f"The newest one is {hours} hours old." if newest else f"There is none, {hours} hours after the start."
    raise_alert("backup-old", "No recent backup", f"{sentence} {limit} hours are allowed.", severity="bad")


def enqueue_due() -> None:
    """One job a day for each kind at most, whatever becomes of it."""
    for kind, interval in EACH.items():
        if timezone.now() - since(kind) >= interval:
            Job.enqueue(f"backups.{kind.value}", {}, dedupe_key=f"backups.{kind.value}:{timezone.now():%Y-%m-%d}")


def since(kind) -> datetime:
    """When the newest one began that went well; before the first one, when this database was made."""
    newest = Run.newest(kind)
    if newest:
        return newest.began_at
    return MigrationRecorder.Migration.objects.aggregate(at=Min("applied"))["at"] or timezone.now()
