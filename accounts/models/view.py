"""Filters that somebody keeps under a name."""

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """One person's own view of the list of accounts: filter, order and columns, as in its address."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=1000)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="accounts_view_once")]

    def __str__(self):
        return self.name
