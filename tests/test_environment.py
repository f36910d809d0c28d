"""What is read from the environment: every name is documented, and what is unsafe in production is refused."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
READ = re.compile(
    r"env\.(?:text|boolean|integer|words|choice|database)\(\s*[\"']([A-Z_]+)"
    r"|environ(?:\.get|\.setdefault)?[\[(]\s*[\"']([A-Z_]+)"
)
OWN = {"DJANGO_SETTINGS_MODULE", "PATH"}  # of the machinery, not for people
ELSEWHERE = {"CHROMIUM", "POEMVISION_PYTHON", "WEB_CONCURRENCY"}  # read by the tests, bin/python.sh and gunicorn

GOOD = {
    "MODE": "production",
    "BASE_URL": "https://office.example.com",
    "ALLOWED_HOSTS": "office.example.com",
    "SECRET_KEY": "gT4oGqf0dJ1nXkVQ2y8mWzL5rUeHbC7sPaN9tIvK3xDlMjYw6E",
    "DATABASE_URL": "postgresql://app:Vq2yWzLrUeHb@127.0.0.1:1/app",
    "REDIS_URL": "redis://:Vq2yWzLrUeHb@127.0.0.1:1/0",
    "STRIPE_SECRET_KEY": "rk_test_Vq2yWzLrUeHb",
    "STRIPE_WEBHOOK_SECRET": "whsec_Vq2yWzLrUeHb",
}
BAD = [
    ("SECRET_KEY", "short", "SECRET_KEY"),
    ("SECRET_KEY", "a" * 60, "SECRET_KEY"),
    ("SECRET_KEY", None, "SECRET_KEY"),
    ("SECRET_KEY_FALLBACKS", "old", "SECRET_KEY_FALLBACKS"),
    ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS"),
    ("ALLOWED_HOSTS", None, "ALLOWED_HOSTS"),
    ("ALLOWED_HOSTS", "other.example.com", "BASE_URL"),
    ("BASE_URL", "http://office.example.com", "BASE_URL"),
    ("DATABASE_URL", "postgresql://app:postgres@127.0.0.1:1/app", "DATABASE_URL"),
    ("DATABASE_URL", "postgresql://app@127.0.0.1:1/app", "DATABASE_URL"),
    ("DATABASE_URL", "mysql://app:Vq2yWzLrUeHb@127.0.0.1:1/app", "DATABASE_URL"),
    ("REDIS_URL", "redis://127.0.0.1:1/0", "REDIS_URL"),
    ("STRIPE_WEBHOOK_SECRET", None, "STRIPE_WEBHOOK_SECRET"),
    ("STRIPE_WEBHOOK_SECRET", "secret", "STRIPE_WEBHOOK_SECRET"),
    ("STRIPE_SECRET_KEY", "sk_test_sandbox_1234", "STRIPE_SECRET_KEY"),
    ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "EMAIL_BACKEND"),
    ("EMAIL_USE_TLS", "perhaps", "EMAIL_USE_TLS"),
    ("MODE", "prod", "MODE"),
]


def _start(**changed):
    """Import the settings as a process of production does."""
    names = {name: value for name, value in {**GOOD, **changed}.items() if value is not None}
    command = [sys.executable, "-c", "import poemvision.settings"]
    environment = {"PATH": os.environ["PATH"], "EMBEDDED_ENV": os.devnull, **names}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_it_works():
    started = _start()
    assert (started.returncode, started.stderr) == (0, "")


@pytest.mark.parametrize(("name", "value", "named"), BAD)
def test_production_refuses_in_one_clear_line(name, value, named):
    started = _start(**{name: value})
    assert started.returncode != 0
    assert named in started.stderr
    assert len(started.stderr.splitlines()) == 1
    assert not value or len(value) < 8 or value not in started.stderr


def test_a_secret_may_stand_in_a_file(tmp_path):
    (tmp_path / "key").write_text(GOOD["SECRET_KEY"] + "\n")
    assert _start(SECRET_KEY=None, SECRET_KEY_FILE=str(tmp_path / "key")).returncode == 0


def test_every_name_is_in_env_example():
    documented = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    code = [
        path.read_text()
        for path in ROOT.rglob("*.py")
        if not {"var", ".venv", "bench", "tests"} & set(path.relative_to(ROOT).parts)
    ]
    read = {first or second for text in code for first, second in READ.findall(text)} - OWN
    assert read - documented == set()
    assert documented - read - ELSEWHERE - {n for n in documented if n.startswith("SANDBOX_")} == set()
