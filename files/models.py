"""Every uploaded or made file, one row each: what should be in the storage, and how files and rows compared."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class StoredFile(models.Model):
    """One file in the storage under a random name. The row appears after the file is whole, and goes before it goes."""

    name = models.CharField(max_length=100, unique=True)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(help_text="In bytes.")
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    missing_since = models.DateTimeField(null=True, help_text="Since when the storage is known not to have it.")

    class Meta:
        indexes = [models.Index(fields=["sha256"], name="files_by_checksum")]

    def __str__(self):
        return self.name


class Sweep(models.Model):
    """One comparison of the files with their rows. Of each kind of trouble it keeps the number and some names."""

    job = models.BigIntegerField(unique=True, help_text="The job that made it; one that runs again writes it anew.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    repaired = models.BooleanField(help_text="What nothing refers to was removed.")
    files = models.PositiveBigIntegerField(help_text="How many the storage has.")
    bytes = models.PositiveBigIntegerField()
    orphans = models.PositiveIntegerField(help_text="Files without a row.")
    orphan_bytes = models.PositiveBigIntegerField()
    unused = models.PositiveIntegerField(help_text="Rows that nothing refers to, with or without a file.")
    missing = models.PositiveIntegerField(help_text="Rows whose file is not there.")
    damaged = models.PositiveIntegerField(help_text="Rows whose file has another size.")
    names = models.JSONField(default=dict, help_text="Some names of each: orphans, unused, missing, damaged.")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return f"Sweep {self.pk}"

    @property
    def broken(self) -> int:
        return self.missing + self.damaged

    @property
    def removable(self) -> int:
        """What a repair would remove."""
        return 0 if self.repaired else self.orphans + self.unused
