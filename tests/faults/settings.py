"""The project's settings for processes under test: nothing is collected, and the machine's clock may be wrong.

Static files are served from static/ itself. CLOCK_AHEAD is by how many seconds this process's clock is ahead;
LOCK_TIMEOUT how long it waits for a row that the test holds.
"""

import os
import time

from django.utils import timezone

from poemvision.settings import *  # noqa: F403

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True

if ahead := float(os.environ.get("CLOCK_AHEAD", "0")):
    _time, _now = time.time, timezone.now
    time.time = lambda: _time() + ahead
    timezone.now = lambda: _now() + timezone.timedelta(seconds=ahead)
if patience := os.environ.get("LOCK_TIMEOUT"):
    DATABASES["default"]["OPTIONS"]["options"] += f" -c lock_timeout={patience}"  # noqa: F405
