"""The draft of the privacy page says what is kept of a first visit; text that staff have changed stays theirs."""

from django.db import migrations

BEFORE = "and protect forms.\n"
ADDED = (
    "- When you come by a member’s link, a campaign, another site or make a first cut, one signed cookie of our own "
    "remembers that first visit: the site, the page, the code; no name and no address. It ends after some months, and "
    "when you sign up, with what it says kept with your account.\n"
)
MEMBERS = "so that you and we can notice strangers.\n"
SHARED = (
    "- Whose link brought you, and whom yours brought. So that nobody is rewarded for bringing themselves we compare a "
    "keyed fingerprint of network and browser, from which neither can be read.\n"
)


def say(apps, schema_editor):
    Document = apps.get_model("studio", "Document")
    page = Document.objects.filter(slug="privacy", version=1).first()
    if page:
        page.text = page.text.replace(BEFORE, BEFORE + ADDED, 1).replace(MEMBERS, MEMBERS + SHARED, 1)
        page.save(update_fields=["text"])


class Migration(migrations.Migration):
    dependencies = [("studio", "0005_taking_down_and_purging")]

    operations = [migrations.RunPython(say, migrations.RunPython.noop)]
