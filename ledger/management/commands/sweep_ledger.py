from django.core.management.base import BaseCommand

from ledger import sweeps


class Command(BaseCommand):
    help = "Record every expired lot and release every overdue hold, as the worker does each minute."

    def handle(self, **options):
        for sweep, sentence in (
            (sweeps.expire_lots, "{} expired lots recorded."),
            (sweeps.release_overdue_holds, "{} overdue holds released."),
        ):
            total = 0
            while done := sweep():
                total += done
            self.stdout.write(sentence.format(total))
