"""The smallest webhook worth the name, to measure against: verify the signature, INSERT the body once, answer.

No middleware, no ORM, no health check of the connection, no job. `DATABASE_URL` says where.
"""

import hmac
import json
import os
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpResponse
from django.urls import path

from bench.webhook.events import SECRET

_where = urlsplit(os.environ["DATABASE_URL"])

settings.configure(
    SECRET_KEY=os.environ["SECRET_KEY"],
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[],
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
)


def webhook(request):
    """POST /webhook/."""
    parts = dict(part.split("=", 1) for part in request.headers["Stripe-Signature"].split(","))
    signed = f"{parts['t']}.".encode() + request.body
    expected = hmac.digest(SECRET.encode(), signed, "sha256").hex()
    if abs(time.time() - int(parts["t"])) > 300 or not hmac.compare_digest(expected, parts["v1"]):
        return HttpResponse(status=400)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inbox (event_id, payload) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [json.loads(request.body)["id"], request.body.decode()],
        )
    return HttpResponse("Stored.", headers={"Content-Length": "7"})  # or it would be sent in chunks


urlpatterns = [path("webhook/", webhook)]
application = get_wsgi_application()
