"""Keys stay where they are: in no log line, page, session, job, alert, record or exception.

Each page is asked for, everything that calls out fails, and Stripe repeats the key that it refuses.
"""

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client

from accounts.tests.make import GOOD_PASSWORD
from billing import stripe_api
from billing.tests.make import make_event, make_session, make_top_up, signature
from billing.tests.stripe_side import START, choose, work
from poemvision import logs, rights
from tests.routes import NOBODY, routes

SENTINEL = "5entinel0fASecret"
KEY, SIGNING = f"rk_test_{SENTINEL}key", f"whsec_{SENTINEL}hook"
PASSWORD = "my own password is a heron"


@pytest.fixture
def refusing_stripe(settings):
    """A Stripe that refuses the key, and says which."""

    class Handler(BaseHTTPRequestHandler):
        def _refuse(self):
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            message = f"Invalid API Key provided: {self.headers['Authorization'].removeprefix('Bearer ')}"
            body = json.dumps({"error": {"type": "invalid_request_error", "message": message}}).encode()
            self.send_response(401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = _refuse

        def log_message(self, *args):
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS = KEY, [SIGNING]
    settings.STRIPE_API_BASE = f"http://127.0.0.1:{server.server_port}"
    yield
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


@pytest.fixture
def heard():
    """Every log record, as production writes it."""
    lines, handler = [], logging.Handler(logging.DEBUG)
    handler.setFormatter(logs.JsonFormatter())
    handler.emit = lambda record: lines.append(handler.format(record))
    logging.getLogger().addHandler(handler)
    yield lines
    logging.getLogger().removeHandler(handler)


def _everything_stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute(rights.TABLES)
        tables = [name for (name,) in cursor.fetchall()]
        texts = []
        for table in tables:
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")
            texts.append(cursor.fetchone()[0])
        return " ".join(texts) + " ".join(str(session.get_decoded()) for session in Session.objects.all())


@pytest.mark.django_db
def test_it_works(refusing_stripe, heard, owner, member, settings):
    said = []

    def ask(client, method, path, *args, **more):
        answer = client.generic(method, path, *args, **more) if args else getattr(client, method)(path, **more)
        said.append(str(answer.headers) + (b"".join(answer) if answer.streaming else answer.content).decode())
        return answer

    staff, customer, stranger = (Client(raise_request_exception=False) for _ in range(3))
    staff.force_login(owner)
    customer.force_login(member)
    for route in routes():
        path = route.path_with({name: NOBODY.get(kind, "nobody") for name, kind in route.converters})
        for client in (staff, customer, stranger):
            ask(client, "get", path)
    assert ask(customer, "post", START, data=choose()).status_code in (200, 302, 422, 503)
    ask(stranger, "post", "/account/signup/", data={"email": "ada@example.org", "password1": PASSWORD, "name": "Ada"})
    ask(stranger, "post", "/account/login/", data={"login": "ada@example.org", "password": PASSWORD + "!"})
    top_up = make_top_up(member, "35")
    body = json.dumps(make_event("checkout.session.completed", make_session(top_up))).encode()
    for secret in (SIGNING, "whsec_another"):
        headers = {"Stripe-Signature": signature(body, secret)}
        customer.post("/webhooks/stripe/", body, content_type="application/json", headers=headers)
    work()
    everything = {
        "pages": " ".join(said),
        "logs": "\n".join(heard),
        "the database": _everything_stored(),
        "mails": " ".join(f"{letter.subject} {letter.body}" for letter in mail.outbox),
    }
    assert len(said) > 150 and len(heard) > 10
    for where, text in everything.items():
        for secret in (SENTINEL, PASSWORD, GOOD_PASSWORD, settings.SECRET_KEY):
            assert secret not in text, f"{secret[:8]}… stands in {where}: {_around(text, secret)}"


def _around(text: str, secret: str) -> str:
    at = text.index(secret)
    return text[max(0, at - 300) : at + 60]


def test_what_stripe_repeats_is_not_in_the_exception(refusing_stripe):
    with pytest.raises(stripe_api.Rejected) as refused:
        stripe_api.call("balance", "retrieve")
    assert SENTINEL not in str(refused.value)
