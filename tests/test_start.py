"""What web, worker and beat refuse in production once Django is set up, each in one line, and that they then end."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.test_environment import GOOD

PROGRAMS = {
    "web": ["gunicorn", "-c", "python:poemvision.gunicorn", "--bind", "127.0.0.1:0", "poemvision.wsgi"],
    "worker": ["celery", "--app", "poemvision.celery", "worker", "--pool", "solo"],
    "beat": ["celery", "--app", "poemvision.celery", "beat", "--schedule", "{folder}/beat", "--pidfile="],
}
MAILGUN = "anymail.backends.mailgun.EmailBackend"


def _run(*command, **changed):
    environment = {
        "PATH": os.environ["PATH"],
        "EMBEDDED_ENV": os.devnull,
        "PYTHONWARNINGS": "ignore",
        **GOOD,
        **changed,
    }
    return subprocess.run(
        [sys.executable, *command], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=60
    )


def _start(**changed):
    """Load the web's entrance as gunicorn does."""
    return _run("-c", "import poemvision.wsgi", **changed)


def _refusal(**changed) -> str:
    """The one line on standard error that is no log record."""
    started = _start(**changed)
    assert started.returncode == 1
    (line,) = [line for line in started.stderr.splitlines() if not line.startswith("{")]
    assert line.startswith("Refusing to start: ")
    return line


def test_a_database_that_is_away_is_no_reason():
    started = _start()
    assert started.returncode == 0
    assert "rights of its role are not known" in started.stderr


def test_a_superuser_is_refused():
    assert "is a superuser" in _refusal(DATABASE_URL=os.environ["DATABASE_URL"])


def test_the_application_s_role_is_not(app_role):
    where = settings.DATABASES["default"]
    from django.db import connection

    user = connection.settings_dict
    address = f"{user['USER']}:{user['PASSWORD']}@{where['HOST']}:{where['PORT']}/{where['NAME']}"
    started = _start(DATABASE_URL=f"postgresql://{address}")
    assert (started.returncode, started.stderr) == (0, "")


def test_the_owner_s_address_is_refused():
    owner = "postgresql://owner:Vq2yWzLrUeHb@127.0.0.1:1/app"
    assert "DATABASE_OWNER_URL" in _refusal(DATABASE_OWNER_URL=owner)


@pytest.mark.parametrize(
    ("backend", "named"),
    [
        (MAILGUN, "MAILGUN_API_KEY"),
        ("anymail.backends.postmark.EmailBackend", "POSTMARK_SERVER_TOKEN"),
        ("anymail.backends.nobody.EmailBackend", "anymail.backends.nobody"),
    ],
)
def test_a_mail_provider_without_what_it_needs_is_refused(backend, named):
    assert named in _refusal(EMAIL_BACKEND=backend)


def test_a_mail_provider_with_its_key_is_not():
    assert _start(EMAIL_BACKEND=MAILGUN, ANYMAIL_MAILGUN_API_KEY="key-of-mailgun").returncode == 0


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("changed", [{"SECRET_KEY": "short"}, {"EMAIL_BACKEND": MAILGUN}], ids=["settings", "start"])
def test_a_refused_program_ends(program, changed, tmp_path):
    ended = _run("-m", *(word.format(folder=tmp_path) for word in PROGRAMS[program]), **changed)
    assert ended.returncode not in (0, None)
    assert (ended.stdout + ended.stderr).count("Refusing to start: ") == 1
