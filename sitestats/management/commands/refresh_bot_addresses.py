"""`manage.py refresh_bot_addresses`: fetch the address ranges that operators publish for their bots."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sitestats import bot_addresses


class Command(BaseCommand):
    help = "Fetch the address ranges that operators publish for their bots, and keep them as today's."

    def handle(self, **options):
        failed = bot_addresses.refresh(timezone.localdate())
        for file, why in failed.items():
            self.stderr.write(f"{file}: {why}")
        total = len(bot_addresses.table())
        if failed:
            raise CommandError(f"{len(failed)} of {total} files could not be fetched; what was kept of them stays.")
        self.stdout.write(f"{total} files of addresses were fetched.")
