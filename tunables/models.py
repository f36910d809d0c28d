"""Values that staff have changed. A key without a row, or with value NULL, has its default."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Override(models.Model):
    """The stored value of one key, as canonical text. `version` only grows, also over a reset."""

    key = models.CharField(max_length=64, primary_key=True)
    value = models.TextField(null=True)  # noqa: DJ001 - NULL is "reset to the default", "" is a value
    version = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
