from django.core.management import BaseCommand, CommandError

from accounts import demo


class Command(BaseCommand):
    help = "Create the demo accounts of embedded mode, where they do not exist yet."

    def handle(self, **options):
        try:
            people = demo.load()
        except demo.NotHere as reason:
            raise CommandError(str(reason)) from None
        for user in people:
            self.stdout.write(f"{user.email}  {demo.PASSWORD}  {user.role_title}")
