"""Links by which staff come in: the first owner, and whoever is invited."""

from django.db import models
from django.db.models import Q

from accounts.models.role import HasRole
from accounts.models.user import User


class OwnerLink(models.Model):
    """A one-time link that lets the first owner choose a password. Only a hash of it is kept."""

    user = models.ForeignKey(User, models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)


class StaffInvitation(HasRole, models.Model):
    """A one-time link by which somebody becomes staff with a role. Only a hash of it is kept."""

    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=32)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["-id"], name="accounts_invitations_open", condition=Q(accepted_at=None))]

    def __str__(self):
        return f"{self.email} as {self.role}"
