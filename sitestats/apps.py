from django.apps import AppConfig


class SitestatsConfig(AppConfig):
    name = "sitestats"
