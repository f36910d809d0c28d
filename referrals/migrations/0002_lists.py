"""Indexes of the list of referrals: all of them, and those of one state, held ones among them; the newest first."""

from django.db import migrations, models

from poemvision.indexes import concurrently

INDEXES = [
    models.Index(fields=["-created_at", "-id"], name="referrals_newest"),
    models.Index(fields=["state", "-created_at", "-id"], name="referrals_by_state"),
]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("referrals", "0001_codes_and_referrals")]

    operations = concurrently({"referral": INDEXES}, {"referral": ["referrals_held"]})
