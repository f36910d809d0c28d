from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        from accounts import (
            masking,
            reach,  # noqa: F401 - tells what security settings would do to people
            second_factor,  # noqa: F401 - notes what happens to second factors
        )
        from audit import entries

        entries.show_addresses_to(masking.sees_addresses)
