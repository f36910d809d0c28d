"""`manage.py audit_head`: print the hash of the newest row; keep it outside this database."""

from django.core.management.base import BaseCommand

from audit import queries


class Command(BaseCommand):
    help = "Print the head of the audit log. Kept elsewhere, it proves later that no row was cut off (check_audit)."

    def handle(self, **options):
        self.stdout.write(queries.head()[1])
