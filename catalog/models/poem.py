"""Poems: the house's own, and members'."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from catalog.models.choice import Category


class Poem(models.Model):
    """One poem. Without an owner it is the house's; `starter` names a poem of the set that ships, once."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="poems")
    title = models.CharField(max_length=120)
    author = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    language = models.CharField(max_length=12, default="en", help_text="BCP 47, such as en or pt-BR.")
    category = models.ForeignKey(Category, models.PROTECT, null=True)
    starter = models.CharField(max_length=40, null=True, unique=True)  # noqa: DJ001 - unique when given
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "-id"], name="catalog_poems_of_owner")]

    def __str__(self):
        return self.title
