"""A change of address that waits for both ends."""

from django.db import models

from accounts.models.user import User


class EmailChange(models.Model):
    """Counts once the old and the new address have each opened their link. Only hashes of the links are kept."""

    user = models.OneToOneField(User, models.CASCADE, related_name="email_change")
    email = models.EmailField(max_length=254)
    old_digest = models.CharField(max_length=64, unique=True)
    new_digest = models.CharField(max_length=64, unique=True)
    old_confirmed_at = models.DateTimeField(null=True)
    new_confirmed_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return f"Change of {self.user_id}'s address"
