"""`manage.py tunable KEY [VALUE | --reset]`: show or change one tunable from the command line, audited.

The way back in when a setting has locked everybody out of the back office.
"""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from tunables import kinds, values
from tunables.catalog import CATALOG


class Command(BaseCommand):
    help = "Show a tunable, or change it. The change is audited as made by the system."

    def add_arguments(self, parser):
        parser.add_argument("key", choices=sorted(CATALOG), metavar="KEY")
        parser.add_argument("value", nargs="?")
        parser.add_argument("--reset", action="store_true", help="back to the default")

    def handle(self, *, key, value, reset, **options):
        try:
            if reset:
                values.reset(key, by=None)
            elif value is not None:
                values.change(key, value, by=None)
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from None
        self.stdout.write(f"{key} = {kinds.to_text(CATALOG[key].kind, values.get(key))}")
