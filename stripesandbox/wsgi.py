"""WSGI entry point: one process, some threads, one courier."""

import os

import django
from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "stripesandbox.settings"  # whatever the project's processes inherit


def start():
    """The application, once everything stands ready."""
    django.setup()
    from stripesandbox import startup

    startup.make_ready()
    return get_wsgi_application()


application = start()
