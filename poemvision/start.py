"""What a serving process of production refuses once Django is set up. The web, the worker and beat call it.

What the settings alone can tell is refused earlier: poemvision/checks.py.
"""

import logging
import subprocess
import sys
from collections.abc import Iterator

from django.conf import settings
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError

from poemvision import env, rights

log = logging.getLogger(__name__)


def refuse_unsafe() -> None:
    """End the process with the first thing that is unsafe."""
    if not settings.EMBEDDED:
        for sentence in _unsafe():
            raise env.ConfigurationError(f"Refusing to start: {sentence}")


def note_limits() -> None:
    """Say in the log what this machine cannot do, though it need not stay away for it."""
    asked = "import sys; from files.decoder import leave_network; sys.exit(not leave_network())"
    done = subprocess.run([sys.executable, "-c", asked], cwd=settings.BASE_DIR, timeout=30)  # noqa: S603 - our own words
    if done.returncode:
        log.warning(
            "This kernel lets no process give up its network (user namespaces are off), so what reads uploads keeps it"
        )


def _unsafe() -> Iterator[str]:
    if env.given("DATABASE_OWNER_URL"):
        yield "DATABASE_OWNER_URL is for manage.py migrate only: a process that serves must not know it."
    try:
        mail.get_connection()
    except (ImproperlyConfigured, ImportError) as error:
        yield f"EMAIL_BACKEND {settings.EMAIL_BACKEND}: {' '.join(str(error).split())}"
    try:
        if wrong := rights.too_mighty():
            yield f"{wrong} See README.md, Deploying."
    except OperationalError:
        # Not a reason to stay away: the pages that need no database answer, and /readyz looks again
        log.warning("PostgreSQL does not answer yet, so the rights of its role are not known")
