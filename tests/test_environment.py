"""What is read from the environment: every name is documented, and what is unsafe in production is refused."""

import importlib
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

from poemvision import checks, env

ROOT = settings.BASE_DIR
READ = re.compile(
    r"env\.(?:text|boolean|integer|words|choice|database|given)\(\s*[\"']([A-Z_]+)"
    r"|environ(?:\.get|\.setdefault)?[\[(]\s*[\"']([A-Z_]+)"
)
OWN = {"DJANGO_SETTINGS_MODULE", "PATH"}  # of the machinery, not for people
ELSEWHERE = {"CHROMIUM", "POEMVISION_PYTHON", "WEB_CONCURRENCY"}  # read by the tests, bin/python.sh and gunicorn
COLLECTED = ("ANYMAIL_", "SANDBOX_")

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
    ("BUCKET_ENDPOINT", "http://objects.example.com", "BUCKET_ENDPOINT"),
    ("BUCKET_SECRET", "Vq2yWzLrUeHb", "BUCKET_SECRET"),
    ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "EMAIL_BACKEND"),
    ("EMAIL_BACKEND", "anymail.backends.test.EmailBackend", "EMAIL_BACKEND"),
    ("EMAIL_USE_TLS", "perhaps", "EMAIL_USE_TLS"),
    ("TRUSTED_PROXIES", "one", "TRUSTED_PROXIES"),
    ("SECRET_KEY", "django-insecure-gT4oGqf0dJ1nXkVQ2y8mWzL5rUeHbC7sPaN9tIvK3", "SECRET_KEY"),
    ("REDIS_URL", None, "REDIS_URL"),
    ("DATABASE_URL", None, "DATABASE_URL"),
    ("BASE_URL", None, "BASE_URL"),
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


def test_what_no_variable_sets_is_refused_too():
    """DEBUG and the cache are the same everywhere today; whoever changes that in settings.py is stopped here."""
    hosts = {"BASE_URL": GOOD["BASE_URL"], "ALLOWED_HOSTS": ["office.example.com"]}
    good = vars(importlib.import_module("poemvision.settings")) | hosts | {"EMAIL_BACKEND": "smtp", "DEBUG": False}
    assert list(checks.unsafe(good)) == []
    assert list(checks.unsafe(good | {"DEBUG": True})) == ["DEBUG is on."]
    alone = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert "CACHES must be shared" in next(checks.unsafe(good | {"CACHES": alone}))


def test_real_money_needs_production():
    started = _start(MODE="embedded", STRIPE_SECRET_KEY="rk_live_Vq2yWzLrUeHb")
    assert started.returncode == 1
    assert started.stderr == "STRIPE_SECRET_KEY is a live key: real money needs MODE=production.\n"


def test_production_talks_to_stripe_and_nobody_else():
    command = "import poemvision.settings as s; print(s.STRIPE_API_BASE, s.STRIPE_SANDBOX_URL)"
    environment = {"PATH": os.environ["PATH"], "EMBEDDED_ENV": os.devnull, **GOOD}
    environment |= {"STRIPE_API_BASE": "http://localhost:1", "STRIPE_SANDBOX_URL": "http://localhost:1"}
    started = subprocess.run([sys.executable, "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert started.stdout.split() == ["https://api.stripe.com"]


OWNER = "postgresql://owner:Vq2yWzLrUeHb@127.0.0.1:1/app"


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("migrate", "owner"),
        ("createcachetable", "owner"),
        ("grant_rights", "owner"),
        ("check", "app"),
        ("shell", "app"),
    ],
)
def test_manage_py_works_as_the_owner_only_where_it_must(monkeypatch, command, role):
    monkeypatch.setattr(sys, "argv", ["manage.py", command])
    monkeypatch.setenv("DATABASE_URL", GOOD["DATABASE_URL"])
    assert env.database(env.database_variable())["USER"] == "app"
    monkeypatch.setenv("DATABASE_OWNER_URL", OWNER)
    assert env.database(env.database_variable())["USER"] == role


def test_names_with_a_beginning_in_common_are_collected(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("from a file\n")
    monkeypatch.setenv("ANYMAIL_MAILGUN_API_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("ANYMAIL_MAILGUN_SENDER_DOMAIN", "mail.example.com")
    monkeypatch.setenv("ANYMAIL_EMPTY", "")
    assert env.beginning_with("ANYMAIL_") == {
        "MAILGUN_API_KEY": "from a file",
        "MAILGUN_SENDER_DOMAIN": "mail.example.com",
    }


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
    assert documented - read - ELSEWHERE - {n for n in documented if n.startswith(COLLECTED)} == set()
