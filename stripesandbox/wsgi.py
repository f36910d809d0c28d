"""WSGI entry point: one process, some threads, one courier. The database is made ready before the first request."""

import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "stripesandbox.settings"


def start():
    """Migrate, make sure of the configured webhook endpoint, start the courier."""
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    from stripesandbox import courier, endpoints

    endpoints.ensure_configured()
    courier.start()
    return get_wsgi_application()


application = start()
