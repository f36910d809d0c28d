from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self):
        from poemvision import celery  # noqa: F401 - shared tasks bind to this app, also in web processes

        autodiscover_modules("tasks")
