"""Rows say themselves what is restated, and whether all that a member pays ends; a look says which version made them.

What a worker of before writes meanwhile has version 0: the first look of this one makes all rows of members anew.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0007_lists_of_members")]

    operations = [
        migrations.AddField("membermonth", "is_restated", models.BooleanField(default=False, db_default=False)),
        migrations.AddField("memberending", "first", models.DateField(null=True)),
        migrations.AddField("memberending", "is_all", models.BooleanField(default=False, db_default=False)),
        migrations.AddField(
            "look",
            "version",
            models.IntegerField(db_default=0, help_text="The Look.VERSION that made the rows of members."),
        ),
    ]
