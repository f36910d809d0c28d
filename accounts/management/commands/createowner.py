from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError
from django.core.validators import validate_email

from accounts import owner_link
from ui.forms import plain_address


class Command(BaseCommand):
    help = "Make an owner of this installation and print the one-time link that sets the password."

    def add_arguments(self, parser):
        parser.add_argument("--email", required=True)

    def handle(self, *, email, **options):
        try:
            validate_email(email)
            plain_address(email)
        except ValidationError:
            raise CommandError(f"{email!r} is not an e-mail address.") from None
        self.stdout.write(f"Open this within 24 hours. It works once:\n{owner_link.make(email)}")
