from allauth.mfa.models import Authenticator
from django.core.management import BaseCommand
from django.db import transaction

from accounts import encryption


class Command(BaseCommand):
    help = "Encrypt the secrets of second factors with the newest SECRET_KEY, before an old one is dropped."

    def handle(self, **options):
        count = 0
        for pk in list(Authenticator.objects.exclude(type="webauthn").values_list("pk", flat=True)):
            with transaction.atomic():
                kept = Authenticator.objects.select_for_update(no_key=True).filter(pk=pk).first()
                for name in {"secret", "seed"} & set(kept.data if kept else ()):
                    kept.data[name] = encryption.renewed(kept.data[name])
                    kept.save(update_fields=["data"])
                    count += 1
        self.stdout.write(f"{count} secrets are encrypted with the newest key. SECRET_KEY_FALLBACKS may be dropped.")
