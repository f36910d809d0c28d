"""Indexes for what the log is filtered by: the beginning of a network's address, and a period."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations, models

from poemvision.indexes import concurrently

INDEXES = [
    models.Index(fields=["client", "-id"], opclasses=["varchar_pattern_ops", "int8_ops"], name="audit_by_client"),
    BrinIndex(fields=["at"], autosummarize=True, name="audit_by_time"),
]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0004_on_behalf_of")]

    operations = concurrently({"auditevent": INDEXES})
