"""`manage.py restore BACKUP [--replace DATABASE]`, or `manage.py restore --drill` to see whether the newest can be."""

from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backups import drill, restoring, shelf
from backups.server import Failed


class Command(BaseCommand):
    help = "Restore a backup, after proving it beside the database in use; or only prove it (--drill)."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "backup", nargs="?", type=Path, help=f"the folder of one backup, or its name in {settings.BACKUP_DIR}"
        )
        parser.add_argument("--drill", action="store_true", help="restore it (default: the newest) only to try it")
        parser.add_argument("--replace", metavar="DATABASE", default="", help="the name of the database to replace")
        parser.add_argument("--no-rights", action="store_true", help="leave out what the dump grants to other roles")

    def handle(self, *, backup, replace, no_rights, **options):
        backup = backup and shelf.find(Path(settings.BACKUP_DIR), backup)
        try:
            if options["drill"]:
                drill.run(Path(settings.BACKUP_DIR), backup, say=self.stdout.write)
            elif backup:
                restoring.restore(backup, replace=replace, rights=not no_rights, say=self.stdout.write)
            else:
                raise CommandError(
                    f"Name a backup ({settings.BACKUP_DIR} holds them), or --drill to try the newest one."
                )
        except (Failed, OSError, psycopg.Error) as failure:
            raise CommandError(str(failure)) from None
