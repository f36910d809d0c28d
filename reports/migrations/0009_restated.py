"""What is restated is found by its own column, also where it adds up to nothing."""

from django.db import migrations, models

from poemvision.indexes import concurrently

INDEX = models.Index(fields=["month", "id"], name="reports_is_restated", condition=models.Q(is_restated=True))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("reports", "0008_told_by_rows")]

    operations = concurrently({"membermonth": [INDEX]}, {"membermonth": ["reports_restated"]})
