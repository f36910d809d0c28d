"""No two roles offered bear one name, whatever its case and spaces: those that do by now are numbered apart."""

from django.db import migrations, models
from django.db.models import Value
from django.db.models.functions import Lower, Replace

PRESETS = ("Member", "Super admin", "Support staff", "Marketing manager", "Finance view only")


def number_apart(apps, schema_editor):
    """The oldest keeps its name; "Helper" becomes "Helper 2"."""
    roles = apps.get_model("accounts", "CustomRole").objects.filter(retired_at=None)
    taken = set(map(_spelled, PRESETS))
    later = []
    for role in roles.order_by("pk"):
        if _spelled(role.title) in taken:
            later.append(role)
        taken.add(_spelled(role.title))
    for role in later:
        role.title = next(
            title
            for number in range(2, len(taken) + 3)
            if _spelled(title := f"{role.title[: 59 - len(str(number))]} {number}") not in taken
        )
        role.save(update_fields=["title"])
        taken.add(_spelled(role.title))


def _spelled(title):
    return title.replace(" ", "").lower()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_mail_server")]

    operations = [
        # Nobody makes another between the two steps; the table has a few rows
        migrations.RunSQL("LOCK TABLE accounts_customrole IN SHARE ROW EXCLUSIVE MODE", migrations.RunSQL.noop),
        migrations.RunPython(number_apart, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="customrole",
            constraint=models.UniqueConstraint(
                Lower(Replace("title", Value(" "))),
                condition=models.Q(("retired_at", None)),
                name="accounts_customrole_title_unique",
            ),
        ),
    ]
