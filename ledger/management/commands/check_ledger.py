from django.core.management.base import BaseCommand, CommandError

from ledger import checks


class Command(BaseCommand):
    help = "Check the invariants of the ledger on live data; name the first that fails and exit with 1."

    def add_arguments(self, parser):
        parser.add_argument("--all", action="store_true", help="go on after the first one that fails")

    def handle(self, *, all, **options):
        if violations := checks.run(first=not all):
            raise CommandError("\n".join(map(str, violations)))
        self.stdout.write(f"The ledger adds up: {len(checks.CHECKS)} rules hold.")
