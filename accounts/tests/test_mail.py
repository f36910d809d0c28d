"""Mails leave by a job; in embedded mode they land in the outbox."""

import re
from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core.cache import cache
from django.core.mail import BadHeaderError
from django.utils import timezone

from accounts import mail
from accounts.models import MailServer, OutboxMail, QueuedMail
from alerts.models import Alert
from jobs.models import Job, State
from jobs.registry import run_now
from ui.templatetags.ui import register

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _outbox(settings):
    settings.EMAIL_BACKEND = "accounts.outbox.OutboxBackend"


def the_job():
    return Job.objects.get(kind="accounts.send_mail")


def test_it_works(client):
    mail.queue("ada@example.org", "Hello", "Look: http://localhost:8000/me/\n<script>x</script>")
    assert "1 more on the way" in client.get("/outbox/").content.decode()
    assert run_now(the_job()).state == State.DONE
    assert not QueuedMail.objects.exists()
    sent = OutboxMail.objects.get()
    assert "Hello" in client.get("/outbox/").content.decode()
    text = client.get(f"/outbox/{sent.pk}/").content.decode()
    assert re.search(r'<a href="http://localhost:8000/me/"[^>]*>', text)
    assert "<script>x" not in text


def test_no_mail_holds_what_belongs_on_a_page(settings):
    """Neither a tag of its own, nor of a filter that makes some (`day` makes a `<time>`)."""
    moments = ("when", "day", "plain_day", "absolute")
    of_pages = {"code"} | {name for name in moments if "<" in register.filters[name](timezone.now())}
    templates = list((settings.BASE_DIR / "templates").glob("*/*mail/*.txt"))
    assert len(templates) > 30 and of_pages == {"code", "when", "day"}
    for path in templates:
        text = path.read_text()
        assert "<" not in text and not of_pages & set(re.findall(r"\|(\w+)", text)), path


def test_it_shows_nothing_yet(client):
    assert "No mails yet" in client.get("/outbox/").content.decode()


def test_there_is_no_outbox_in_production(client, settings):
    settings.EMBEDDED = False
    assert client.get("/outbox/").status_code == client.get("/outbox/1/").status_code == 404


@pytest.mark.parametrize(("to", "subject"), [("a@x.org\r\nBcc: b@x.org", "Hi"), ("a@x.org", "Hi\nBcc: b@x.org")])
def test_no_other_header_gets_in(to, subject):
    with pytest.raises(BadHeaderError):
        mail.queue(to, subject, "Body")
    assert not QueuedMail.objects.exists()


@pytest.mark.parametrize("email", ["a@x.org\r\nBcc: b@x.org", "a@x%0d%0aBcc:", "a@x.org\n"])
def test_forms_refuse_addresses_with_line_breaks(client, email):
    client.post("/account/password/reset/", {"email": email})
    assert all("\n" not in queued.to and "Bcc" not in queued.to for queued in QueuedMail.objects.all())


def gone(message):
    raise SMTPServerDisconnected("gone")


def wait(queued, hours: int) -> None:
    """It was queued so long ago."""
    queued.created_at = timezone.now() - timedelta(hours=hours)
    queued.save()


def test_a_dead_mail_server_is_tried_again_later(monkeypatch):
    monkeypatch.setattr("django.core.mail.EmailMessage.send", gone)
    queued = mail.queue("ada@example.org", "Hello", "Body")
    job = run_now(the_job())
    assert job.state == State.NEW
    assert "gone" in job.error and not Alert.objects.exists()
    wait(queued, hours=40)
    run_now(job)
    alert = Alert.objects.get()
    assert alert.is_open and "1 waits for the mail server, which said: gone." in alert.detail
    assert mail.pause_before_next_try(queued) == 3600
    wait(queued, hours=50)
    assert mail.pause_before_next_try(queued) is None
    monkeypatch.undo()
    mail.deliver(queued)
    assert not Alert.objects.get().is_open


def test_one_mail_that_does_not_leave_is_no_dead_mail_server(monkeypatch):
    """Others leave, so nobody is called; once none does, somebody is, whatever left before."""
    refused, other = mail.queue("ada@example.org", "Hello", "Body"), mail.queue("bob@example.org", "Hello", "Body")
    wait(refused, hours=1)
    first, second = Job.objects.filter(kind=mail.KIND).order_by("pk")
    run_now(second)
    cache.clear()  # which whoever fills it may bring about
    monkeypatch.setattr("django.core.mail.EmailMessage.send", gone)
    run_now(first)
    assert not Alert.objects.exists() and not QueuedMail.objects.filter(pk=other.pk).exists()
    MailServer.objects.update(took_at=timezone.now() - timedelta(hours=2))
    run_now(Job.enqueue(mail.KIND, {"mail": other.pk}))  # which left already
    run_now(first)
    assert "1 waits" in Alert.objects.get().detail


def test_a_page_does_not_wait_for_the_mail_server(client, monkeypatch, member):
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda message: 1 / 0)
    assert client.post("/account/password/reset/", {"email": member.email}).status_code == 302
