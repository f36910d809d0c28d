"""What needs a person: one row per kind of trouble, however often it is seen."""

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from audit.models import record


class Severity(models.TextChoices):
    WARN = "warn", "Warning"
    BAD = "bad", "Critical"


class Alert(models.Model):
    """One trouble, named by its fingerprint. Acknowledged alerts open again when it is seen again."""

    fingerprint = models.CharField(max_length=200, unique=True)
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    severity = models.CharField(max_length=8, choices=Severity, default=Severity.WARN)
    url = models.CharField(max_length=300, blank=True)
    count = models.PositiveIntegerField(default=1)
    first_seen = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(default=timezone.now)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["-last_seen"], condition=models.Q(acknowledged_at__isnull=True), name="alerts_open"),
        ]

    def __str__(self):
        return self.title

    @property
    def is_open(self) -> bool:
        return self.acknowledged_at is None

    def acknowledge(self, *, by) -> bool:
        """Take it off the list; False when somebody has done so already."""
        return self._set(timezone.now(), by, "alert.acknowledged")

    def reopen(self, *, by) -> bool:
        """Put it back on the list (undo)."""
        return self._set(None, by, "alert.reopened")

    def _set(self, at, by, verb) -> bool:
        with transaction.atomic():
            # Optimistic: whoever comes second changes nothing and writes no audit row.
            rows = Alert.objects.filter(pk=self.pk, acknowledged_at__isnull=at is not None)
            changed = rows.update(acknowledged_at=at, acknowledged_by=by if at else None) == 1
            if changed:
                record(by, verb, self, after={"title": self.title})
        self.refresh_from_db()
        return changed


def raise_alert(fingerprint, title, detail="", *, severity="warn", url="") -> Alert:
    """Say that something needs a person. One statement: the first sighting inserts, later ones count up and reopen."""
    return Alert.objects.raw(
        """
        INSERT INTO alerts_alert AS a
            (fingerprint, title, detail, severity, url, count, first_seen, last_seen)
        VALUES (%s, %s, %s, %s, %s, 1, now(), now())
        ON CONFLICT (fingerprint) DO UPDATE SET
            title = excluded.title, detail = excluded.detail, severity = excluded.severity, url = excluded.url,
            count = a.count + 1, last_seen = now(), acknowledged_at = NULL, acknowledged_by_id = NULL
        RETURNING *
        """,
        [_clean(fingerprint)[:200], _clean(title)[:200], _clean(detail), severity, url[:300]],
    )[0]


def raise_once(fingerprint, title, detail="", **facts) -> None:
    """Raise an alert for what is looked at again and again: once a person has seen it, only if its detail is another.

    Or if it is back after it was over. One that is open takes a new title as it is.
    """
    known = Alert.objects.filter(fingerprint=fingerprint[:200], detail=_clean(detail))
    if not known.exclude(acknowledged_at__isnull=False, acknowledged_by=None).exists():
        raise_alert(fingerprint, title, detail, **facts)
    else:
        said = _clean(title)[:200]
        known.filter(acknowledged_at=None).exclude(title=said).update(title=said)


def settle(fingerprint) -> bool:
    """The trouble is over by itself: close its alert, if one is open."""
    rows = Alert.objects.filter(fingerprint=fingerprint, acknowledged_at__isnull=True)
    return rows.update(acknowledged_at=timezone.now()) == 1


def _clean(text) -> str:
    return str(text).replace("\x00", "")
