from django.apps import AppConfig


class AccountingConfig(AppConfig):
    name = "accounting"

    def ready(self):
        from accounting.usage import columns  # noqa: F401 - what the list of users may show of this room
