"""`manage.py backup [--to FOLDER] [--keep N]`: the database and the uploaded files, as they are at one instant."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backups import making
from backups.server import Failed
from tunables import values


class Command(BaseCommand):
    help = "Back up the database and the uploaded files. docs/backups.md says how to schedule and restore it."

    def add_arguments(self, parser):
        parser.add_argument("--to", metavar="FOLDER", help=f"default: {settings.BACKUP_DIR}")
        parser.add_argument(
            "--keep",
            type=int,
            metavar="N",
            help="remove all but the newest N there; 0: none (default: the tunable backups_kept, with --to: 0)",
        )

    def handle(self, *, to, keep, **options):
        if keep is None:
            keep = 0 if to else values.get("backups_kept")
        if keep < 0:
            raise CommandError("--keep is a number of backups.")
        try:
            making.make(Path(to or settings.BACKUP_DIR).absolute(), keep=keep, say=self.stdout.write)
        except Failed as failure:
            raise CommandError(str(failure)) from None
