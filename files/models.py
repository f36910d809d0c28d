"""Every uploaded or made file, one row each: what should be in the storage, so that files and rows can be compared."""

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
