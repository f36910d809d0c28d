"""The project's settings with the gallery of components beside it: `manage.py runserver --settings=…`."""

from pathlib import Path

from poemvision.settings import *  # noqa: F403
from poemvision.settings import TEMPLATES

ROOT_URLCONF = "tests.browser.gallery.urls"
TEMPLATES = [{**TEMPLATES[0], "DIRS": [*TEMPLATES[0]["DIRS"], Path(__file__).parent / "templates"]}]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
