"""`manage.py work_jobs`: run due jobs in this process, without Celery and Redis."""

import time

from django.core.management.base import BaseCommand

from jobs import runner


class Command(BaseCommand):
    help = "Run due jobs in this process until interrupted. --once: until none is due."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true")

    def handle(self, *, once, **options):
        while True:
            if runner.run_due() == 0:
                if once:
                    return
                time.sleep(1)
