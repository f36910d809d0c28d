from django.apps import AppConfig


class TunablesConfig(AppConfig):
    name = "tunables"
