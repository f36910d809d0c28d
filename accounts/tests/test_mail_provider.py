"""Mail through a provider's API: Anymail's backends, one of them against a stand-in for the provider."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest
from django.core import mail as django_mail

from accounts import mail
from accounts.models import QueuedMail
from jobs.models import Job
from jobs.registry import run_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings):
    """A Mailgun that answers `answers["status"]`; `letters` is what it was given."""
    letters, answers = [], {"status": 200}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            letters.append((self.path, self.headers["Authorization"], form))
            self.send_response(answers["status"])
            self.end_headers()
            self.wfile.write(b'{"id": "<1@x>", "message": "Queued. Thank you."}')

        def log_message(self, *args):
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    settings.ANYMAIL |= {
        "MAILGUN_API_KEY": "key-sentinel",
        "MAILGUN_API_URL": f"http://127.0.0.1:{server.server_port}/v3",
    }
    yield letters, answers
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


def _send():
    mail.queue("ada@example.org", "Hello", "Your credit has arrived.\n")
    return run_now(Job.objects.get(kind="accounts.send_mail"))


def test_it_works(provider):
    letters, _ = provider
    _send()
    ((path, authorization, form),) = letters
    assert path == "/v3/poemvision.example/messages" and authorization.startswith("Basic ")
    assert (form["to"], form["subject"]) == (["ada@example.org"], ["Hello"])
    assert not QueuedMail.objects.exists()


def test_a_provider_that_fails_is_asked_again_and_the_key_stays_secret(provider, caplog):
    letters, answers = provider
    answers["status"] = 503
    job = _send()
    assert QueuedMail.objects.exists() and job.state == "new" and job.run_at > job.created_at
    assert "key-sentinel" not in job.error + caplog.text
    answers["status"] = 200
    run_now(job)
    assert len(letters) == 2 and not QueuedMail.objects.exists()


def test_it_waits_for_ten_seconds_at_most(settings):
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    settings.ANYMAIL |= {"MAILGUN_API_KEY": "key-sentinel"}
    assert django_mail.get_connection().timeout == (3, 10)


def test_the_backend_for_tests_gets_what_a_provider_would(settings):
    settings.EMAIL_BACKEND = "anymail.backends.test.EmailBackend"
    _send()
    (sent,) = django_mail.outbox
    assert sent.to == ["ada@example.org"] and sent.anymail_status.status == {"sent"}
