from django.apps import AppConfig


class TunablesConfig(AppConfig):
    name = "tunables"

    def ready(self):
        from tunables import values  # noqa: F401 - connects the signals that give each request its snapshot
