"""`manage.py check_audit [--head HASH]`: verify the audit log, name the first bad row."""

from django.core.management.base import BaseCommand, CommandError

from audit import chain


class Command(BaseCommand):
    help = "Verify the hash chain of the audit log. With --head, also that nothing was cut off after that row."

    def add_arguments(self, parser):
        parser.add_argument("--head", default="", help="a hash that `manage.py audit_head` printed earlier")

    def handle(self, *, head, **options):
        verdict = chain.verify(expected_head=head.strip().lower())
        if not verdict.ok:
            raise CommandError(f"The audit log is broken: {verdict.problem}.")
        self.stdout.write(f"The audit log is whole: {verdict.through} rows, head {verdict.head}.")
