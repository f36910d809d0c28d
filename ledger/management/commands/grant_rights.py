from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from poemvision import rights


class Command(BaseCommand):
    help = "Give the application's database role (the user of DATABASE_URL) its rights. After every migrate."

    def add_arguments(self, parser):
        parser.add_argument("--role", default=settings.DATABASE_ROLE)

    def handle(self, *, role, **options):
        if role == settings.DATABASES["default"]["USER"]:
            raise CommandError("Set DATABASE_OWNER_URL to another role: nobody takes rights away from themselves.")
        if not rights.exists(role):
            raise CommandError(f"There is no database role {role}: CREATE ROLE {role} LOGIN PASSWORD '…' makes it.")
        rights.grant(role)
        self.stdout.write(f"{role} has its rights; {len(rights.PROTECTED)} tables are protected.")
