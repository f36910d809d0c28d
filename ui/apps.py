from django.apps import AppConfig
from django.db.backends.signals import connection_created


class UiConfig(AppConfig):
    name = "ui"

    def ready(self):
        from ui import moments  # it needs the driver, which settings choose

        connection_created.connect(moments.read_fast)
