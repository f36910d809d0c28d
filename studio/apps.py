from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "studio"

    def ready(self):
        from studio import cuts  # noqa: F401 - answers which renders came true
