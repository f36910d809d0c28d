"""What a person asked to have of their own data."""

from django.db import models
from django.utils import timezone

from accounts.models.user import User
from files.models import StoredFile


class OwnData(models.Model):
    """One archive of everything that is kept about a person. Its file goes when `expires_at` has come."""

    user = models.ForeignKey(User, models.CASCADE, related_name="own_data")
    file = models.ForeignKey(StoredFile, models.SET_NULL, null=True, related_name="+")
    job = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(ready_at__isnull=True), name="accounts_one_own_data_at_a_time"
            )
        ]

    def __str__(self):
        return f"Own data of {self.user_id}"
