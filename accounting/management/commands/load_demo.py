"""The demo of the embedded mode: its people now; its history, pictures, music and cuts as jobs with progress."""

from decimal import Decimal

from django.core.management.base import BaseCommand
from django.db import transaction

from accounting import demo as history
from accounts import demo as people
from billing import demo
from invites import demo as invites
from jobs.models import Job
from ledger import posting


class Command(BaseCommand):
    help = "Create the demo sign-ins; queue payments, pictures and tracks. Safe to repeat; embedded mode only."

    def handle(self, **options):
        owner, *_, member = people.load()
        posting.grant(member, Decimal(1), note="Welcome credit", external_id=f"signup:{member.pk}")
        invites.load(by=owner)
        if demo.is_possible():
            with transaction.atomic():
                Job.enqueue("billing.load_demo", {}, dedupe_key="billing.load_demo")
        history.enqueue()
        with transaction.atomic():  # music first: the first cut is not to be silent
            for kind in ("musicpool.compose", "catalog.paint", "studio.order_demo_cuts"):
                Job.enqueue(kind, {}, dedupe_key=kind)
        self.stdout.write("The demo people are here; their payments, pictures and music follow as jobs.")
