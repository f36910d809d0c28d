"""Settings of the sandbox: a program of its own that shares nothing with the project but the folder."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from stripesandbox import guard

guard.refuse_where_money_is_real(os.environ)

BASE_DIR = Path(__file__).resolve().parent
DEBUG = False
SECRET_KEY = os.environ.get("SANDBOX_SECRET_KEY") or secrets.token_hex(32)  # signs form tokens only

SANDBOX_PORT = int(os.environ.get("SANDBOX_PORT", "12111"))
SANDBOX_URL = os.environ.get("SANDBOX_URL", f"http://localhost:{SANDBOX_PORT}").rstrip("/")
SANDBOX_API_KEY = os.environ.get("SANDBOX_API_KEY", "sk_test_sandbox_local")
SANDBOX_WEBHOOK_URL = os.environ.get("SANDBOX_WEBHOOK_URL", "")
SANDBOX_WEBHOOK_SECRET = os.environ.get("SANDBOX_WEBHOOK_SECRET", "")
SANDBOX_WEBHOOK_TIMEOUT = float(os.environ.get("SANDBOX_WEBHOOK_TIMEOUT", "10"))
# Stripe tries a sandbox's webhooks three more times over some hours (in live mode for three days). Two quick tries come
# first here, so that a project that restarts misses nothing. They follow the sandbox's clock.
RETRIES = "3,15,600,3600,10800"
SANDBOX_RETRY_SECONDS = [float(pause) for pause in os.environ.get("SANDBOX_RETRY_SECONDS", RETRIES).split(",") if pause]

ALLOWED_HOSTS = ["localhost", "127.0.0.1", urlsplit(SANDBOX_URL).hostname]
INSTALLED_APPS = ["django.contrib.messages", "stripesandbox"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "stripesandbox.middleware.PageHeaders",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "stripesandbox.urls"
WSGI_APPLICATION = "stripesandbox.wsgi.application"
APPEND_SLASH = False
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["stripesandbox.templatetags.sandbox"],
            "context_processors": [
                "django.template.context_processors.request",
                "stripesandbox.clock.shown",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("SANDBOX_DB", str(BASE_DIR.parent / "var" / "sandbox.sqlite3")),
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            # One writer at a time, taken at BEGIN: two refunds or two payments can never read the same "before".
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
WHITENOISE_ROOT = BASE_DIR / "static"

# Cookies know no port: names of our own keep us apart from the project on the same host.
CSRF_COOKIE_NAME = f"sandbox_csrf_{SANDBOX_PORT}"
CSRF_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"stripesandbox": {"level": "INFO"}},
}
