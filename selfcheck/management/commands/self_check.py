from django.core.management.base import BaseCommand, CommandError

from selfcheck import runs
from selfcheck.models import Result, Why


class Command(BaseCommand):
    help = "Run every self-check now and take its measures; exit with 1 when something does not add up."

    def add_arguments(self, parser):
        parser.add_argument("--why", choices=[Why.ASKED, Why.RESTORE], default=Why.ASKED)

    def handle(self, *, why, **options):
        found = runs.run_all(why=why)
        for row in found:
            self.stdout.write("\n  ".join([f"{row} {row.summary}", *row.examples]))
        if bad := [row.name for row in found if row.result == Result.BAD]:
            raise CommandError(f"Does not add up: {', '.join(bad)}.")
