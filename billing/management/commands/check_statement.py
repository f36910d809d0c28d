from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from billing import statement_check


class Command(BaseCommand):
    help = "Check downloaded statements (JSON or CSV) by themselves; name the first bad movement and exit with 1."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", type=Path, help="of one member, in order")

    def handle(self, *, files, **options):
        try:
            checked = statement_check.check_sequence([statement_check.read(file) for file in files])
        except statement_check.Wrong as error:
            raise CommandError(str(error)) from error
        count = sum(len(statement["movements"]) for statement in checked)
        self.stdout.write(f"{count} movements: the chain holds and everything adds up.")
