"""Indexes of movements about months that were closed: which they are about, and who was learnt of when."""

from django.db import migrations, models
from django.db.models import Q

from poemvision.indexes import concurrently

LATE = Q(restates__isnull=False)
MOVEMENTS = [
    models.Index(fields=["restates"], include=["amount"], name="memberships_movement_restates", condition=LATE),
    models.Index(fields=["month", "member"], name="memberships_movement_late", condition=LATE),
]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("memberships", "0014_who_confirms")]

    operations = concurrently({"movement": MOVEMENTS})
