"""Lists that were asked for as a file. The row stays as the record; its file goes after `export_ttl_hours`."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.http import QueryDict
from django.utils import timezone

from audit.models import record
from audit.redaction import filter_in_words
from files import storing
from files.models import StoredFile
from jobs.models import Job, State
from tunables import values
from ui import clock

KIND = "exports.write"
UNDER_WAY = (State.NEW, State.RUNNING)
NOBODY = "q=%28removed%29"  # instead of a filter that named somebody who is gone
NAMELESS = "Whom its filter named is gone. Ask again."


class Export(models.Model):
    """One file, of one filter and one choice of columns. `form_key` is the form's: sent twice, it makes one."""

    class Format(models.TextChoices):
        """What kind of file."""

        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel"

    kind = models.CharField(max_length=40)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    form_key = models.UUIDField(unique=True)
    query = models.TextField(blank=True, help_text="Filter and order, as in the address of the list.")
    columns = ArrayField(models.CharField(max_length=40))
    format = models.CharField(max_length=4, choices=Format)
    job = models.ForeignKey(Job, models.SET_NULL, null=True)
    rows = models.PositiveBigIntegerField(null=True)
    size = models.PositiveBigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    file = models.OneToOneField(StoredFile, models.PROTECT, null=True, related_name="+")
    problem = models.CharField(max_length=200, blank=True, help_text="Why there is no file, for whoever asked.")
    created_at = models.DateTimeField(default=timezone.now)
    # What whoever asked could do then, later when it was written: who has lost any of it gets no file
    perms = ArrayField(models.CharField(max_length=64), default=list)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)  # when somebody took the file away before its time

    class Meta:
        indexes = [
            models.Index(fields=["expires_at"], condition=models.Q(file__isnull=False), name="exports_to_expire"),
        ]

    def __str__(self):
        return f"Export {self.pk}"

    @classmethod
    def ask(cls, *, form_key, **facts) -> "Export":
        """Keep the wish and its job together; the one that is there already when the same form came before.

        Raises TooMany when as many of this person's as may be are under way: their row is locked while it is counted.
        """
        with transaction.atomic():
            get_user_model().objects.select_for_update(no_key=True).get(pk=facts["by"].pk)
            if there := cls.objects.filter(form_key=form_key).first():
                return there
            most = values.get("exports_at_once")
            if cls.objects.filter(by=facts["by"], finished_at=None, job__state__in=UNDER_WAY).count() >= most:
                raise TooMany(most)
            export = cls.objects.create(form_key=form_key, perms=sorted(facts["by"].perms), **facts)
            export.job = Job.enqueue(KIND, {"export": export.pk})
            export.save(update_fields=["job"])
            record(export.by, "export.asked", export, after=export.told())
        return export

    def fetched(self, by) -> None:
        """Somebody takes the file: what they get, by its number of rows and its checksum."""
        record(by, "export.fetched", self, after=self.told() | {"rows": self.rows, "sha256": self.sha256})

    def told(self) -> dict:
        """What is in it, for the log."""
        asked = filter_in_words(QueryDict(self.query))
        return {"list": self.kind, "filter": asked, "columns": self.columns, "format": self.format}

    @property
    def state(self) -> str:
        """`ready`, `gone`, `deleted`, `failed`, `cancelled`, or under way: `waiting`, `writing`."""
        if self.finished_at:
            gone = "deleted" if self.deleted_at else "gone"
            return "failed" if self.problem else "ready" if self.file_id else gone
        if self.job is None or self.job.state in (State.DEAD, State.DONE):
            return "failed"
        return {State.CANCELLED: "cancelled", State.RUNNING: "writing"}.get(self.job.state, "waiting")

    @property
    def under_way(self) -> bool:
        """It waits or is being written."""
        return self.state in ("waiting", "writing")

    @property
    def filename(self) -> str:
        """As whoever downloads it gets it."""
        asked = self.created_at.astimezone(clock.zone())
        return f"{self.kind}-{asked:%Y-%m-%d-%H%M}.{self.format}"

    def finish(self, stored: StoredFile, rows: int) -> None:
        """The file is whole. Raises `Over` when another run of the job was faster: then this file is one too many."""
        with transaction.atomic():
            if Export.objects.select_for_update(no_key=True).get(pk=self.pk).finished_at:
                raise Over
            self.file, self.rows, self.size, self.sha256 = stored, rows, stored.size, stored.sha256
            self.finished_at = timezone.now()
            self.expires_at = self.finished_at + timedelta(hours=values.get("export_ttl_hours"))
            self.perms = sorted(self.by.perms)
            self.save(update_fields=["file", "rows", "size", "sha256", "perms", "finished_at", "expires_at"])
            record(self.by, f"{self.kind}.exported", self, after=self.told() | {"rows": rows, "sha256": self.sha256})

    def refuse(self, why: str) -> None:
        """There will be no file."""
        self.problem, self.finished_at = why, timezone.now()
        self.save(update_fields=["problem", "finished_at"])

    def forget_filter(self) -> None:
        """It names somebody who is gone. What is not written yet never will be: without its filter it is everybody."""
        here = Export.objects.filter(pk=self.pk)
        unwritten = here.filter(finished_at=None).exclude(job__state=State.CANCELLED)
        unwritten.update(problem=NAMELESS, finished_at=timezone.now())
        here.update(query=NOBODY)

    def discard(self, *, by=None) -> bool:
        """Take the file away, at once or when its time has come; the row stays. False when it is gone already."""
        with transaction.atomic():
            export = Export.objects.select_for_update(no_key=True).filter(pk=self.pk, file__isnull=False).first()
            if export is None:
                return False
            stored, export.file = export.file, None
            export.deleted_at = timezone.now() if by else None
            export.save(update_fields=["file", "deleted_at"])
            storing.discard(stored)
            if by:
                record(by, "export.deleted", self)
        return True


class TooMany(Exception):
    """More at once than one person may; the message is for whoever asks."""

    def __init__(self, most: int):
        files = "file of yours is" if most == 1 else "files of yours are"
        super().__init__(f"{most} {files} being written. Wait for one to be ready, then ask again.")


class Over(Exception):
    """Another run has finished this export."""
