"""A process of its own that fails as a web process would, with errors reported: `python -m tests.failing`."""

import logging
import sys
import types

import django
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
@login_not_required
def explode(request, **kwargs):
    password = settings.DATABASES["default"]["PASSWORD"]
    logging.getLogger("room").error("Stripe refused %s", settings.STRIPE_SECRET_KEY)
    raise RuntimeError(f"no way to {settings.REDIS_URL} with {len(password)} letters")


def main() -> None:
    """One request that ends in a 500; what went out stands at the address of SENTRY_DSN. Prints the request's id."""
    django.setup()
    urls = types.ModuleType("failing_urls")
    urls.urlpatterns = [path("account/reset/key/<key>", explode)]
    sys.modules["failing_urls"] = urls
    settings.ROOT_URLCONF = "failing_urls"
    request = RequestFactory().post(
        "/account/reset/key/one-time-key?email=ada@example.org",
        {"password1": "hunter22hunter22"},
        headers={"Cookie": "session=cookie-of-ada", "Authorization": "Basic abcdef"},
        HTTP_HOST="localhost",
    )
    answers = {}
    list(get_wsgi_application()(request.environ, lambda status, headers: answers.update(headers, status=status)))
    import sentry_sdk

    sentry_sdk.flush(timeout=20)
    print(answers["status"], answers["X-Request-Id"])


if __name__ == "__main__":
    main()
