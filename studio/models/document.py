"""Pages of text that staff edit."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Document(models.Model):
    """A page of text that staff edit: terms, privacy. Plain text; a blank line ends a paragraph, # begins a heading."""

    slug = models.SlugField(max_length=40, primary_key=True)
    title = models.CharField(max_length=120)
    text = models.TextField()
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    def __str__(self):
        return self.title

    @property
    def audit_target(self) -> str:
        return f"document:{self.pk}"
