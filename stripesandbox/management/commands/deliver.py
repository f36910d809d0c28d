"""`deliver`: try every delivery that is due, once, in the foreground."""

from django.core.management.base import BaseCommand

from stripesandbox import courier, timers


class Command(BaseCommand):
    """For tests, and for a sandbox whose server is down."""

    help = "Try every webhook delivery of the sandbox that is due."

    def handle(self, **options):
        timers.run_due()
        tried = 0
        while ids := courier.claim():
            for delivery_id in ids:
                courier.send(delivery_id)
                tried += 1
        self.stdout.write(f"Tried {tried} deliveries.")
