"""A small project around dj-stripe, run in a virtual environment of its own: its webhook with signatures verified.

`python peer.py` makes the tables, the account, the key and the endpoint; gunicorn serves `application`.
"""

import os
import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

from bench.webhook.events import ACCOUNT, API_KEY, ENDPOINT, SECRET

_where = urlsplit(os.environ["DATABASE_URL"])

settings.configure(
    SECRET_KEY=os.environ["SECRET_KEY"],
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "djstripe"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _where.path[1:],
            "USER": _where.username,
            "PASSWORD": _where.password,
            "HOST": _where.hostname,
            "PORT": _where.port,
            "CONN_MAX_AGE": None,
        }
    },
    STRIPE_LIVE_MODE=False,
    STRIPE_TEST_SECRET_KEY=API_KEY,
    STRIPE_API_HOST=os.environ["STRIPE_API_BASE"],
    DJSTRIPE_FOREIGN_KEY_TO_FIELD="id",
)
application = get_wsgi_application()  # the addresses can be imported once the apps are ready
urlpatterns = [path("stripe/", include("djstripe.urls", namespace="djstripe"))]


def set_up() -> None:
    """Tables, and the rows that dj-stripe wants before the first event."""
    from django.core.management import call_command
    from djstripe.models import Account, APIKey, WebhookEndpoint

    call_command("migrate", verbosity=0)
    account = Account.objects.create(id=ACCOUNT, livemode=False)
    APIKey.objects.create(type="secret", secret=API_KEY, livemode=False, djstripe_owner_account=account)
    WebhookEndpoint.objects.create(
        id="we_bench",
        djstripe_owner_account=account,
        livemode=False,
        enabled_events=["*"],
        secret=SECRET,
        status="enabled",
        url="https://localhost/",
        djstripe_uuid=uuid.UUID(ENDPOINT),
    )


if __name__ == "__main__":
    set_up()
