"""The three slots with the words that ship, as version 1 of their history."""

from django.db import migrations

TEXTS = {
    "signup_line": "New here? Create an account and start with {credit} of credit.",
    "primary": "Create your account with {credit} of credit",
    "conversion": "Keep this cut, make it longer, make it yours: a new account starts with {credit} of credit.",
}


def write(apps, schema_editor):
    Slot, SlotVersion = apps.get_model("ctas", "Slot"), apps.get_model("ctas", "SlotVersion")
    for key, text in TEXTS.items():
        slot = Slot.objects.create(key=key, text=text)
        SlotVersion.objects.create(slot=slot, version=1, text=text, enabled=True)


class Migration(migrations.Migration):
    dependencies = [("ctas", "0001_initial")]

    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
