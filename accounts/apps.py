from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        from accounts import second_factor  # noqa: F401 - notes what happens to second factors
