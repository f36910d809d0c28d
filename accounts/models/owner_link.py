"""The link by which the first owner comes in."""

from django.db import models

from accounts.models.user import User


class OwnerLink(models.Model):
    """A one-time link that lets the first owner choose a password. Only a hash of it is kept."""

    user = models.ForeignKey(User, models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
