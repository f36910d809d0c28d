"""Indexes of accounts that were deleted, for their list, and of whom each act on many accounts was about."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models
from django.db.models import Q

from poemvision.indexes import concurrently

GONE = models.Index(fields=["-date_joined", "-id"], name="accounts_user_gone", condition=Q(deleted_at__isnull=False))
WHOM = GinIndex(fields=["ids"], name="accounts_bulkact_whom")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0014_paid_ends_at")]

    operations = concurrently({"user": [GONE], "bulkact": [WHOM]})
