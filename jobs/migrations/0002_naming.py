"""An index of the few jobs whose words may hold an address: who is purged is looked for in these alone."""

from django.db import migrations, models
from django.db.models import Q

from poemvision.indexes import concurrently

NAMING = Q(error__regex="@") | Q(progress_note__regex="@")
INDEX = models.Index(fields=["id"], condition=NAMING, name="jobs_naming")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("jobs", "0001_initial")]

    operations = concurrently({"job": [INDEX]})
