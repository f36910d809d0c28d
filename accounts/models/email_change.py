"""Changes of address: one that waits for both ends, and what stood there before earlier ones."""

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


class FormerAddress(models.Model):
    """An address that somebody had here. The purge looks for it as for the last one, and takes this row as well."""

    user = models.ForeignKey(User, models.CASCADE, related_name="former_addresses")
    email = models.EmailField(max_length=254)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "email"], name="accounts_former_address_once")]

    def __str__(self):
        return f"Former address of {self.user_id}"
