"""Mails leave by a job, so that a mail server that is down never shows on a page."""

from datetime import timedelta

from django.conf import settings
from django.core.mail import BadHeaderError, EmailMessage
from django.db import transaction
from django.template import Context, engines
from django.utils import timezone

from accounts.models import MailServer, QueuedMail
from alerts.models import raise_alert, settle
from jobs.models import Job

KIND = "accounts.send_mail"
LATE = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(days=2)
LONGEST_PAUSE = 3600
STUCK = "mails-stuck"


def send(to: str, template: str, context: dict) -> QueuedMail:
    """Render `<template>_subject.txt` and `<template>_message.txt` and queue the mail."""
    context = {**context, "base_url": settings.BASE_URL}
    subject, body = (_plain(f"{template}_{part}.txt", context) for part in ("subject", "message"))
    return queue(to, " ".join(subject.split()), body.strip() + "\n")


def _plain(template: str, context: dict) -> str:
    """Text as it is: in a mail, `&amp;` would be read as that."""
    return engines["django"].engine.get_template(template).render(Context(context, autoescape=False))


def queue(to: str, subject: str, body: str) -> QueuedMail:
    """Keep the mail and its job together; refuse what would smuggle in another header."""
    if any(character in to + subject for character in "\r\n"):
        raise BadHeaderError("A mail's address and subject are one line each.")
    with transaction.atomic():
        mail = QueuedMail.objects.create(to=to, subject=subject, body=body)
        Job.enqueue(KIND, {"mail": mail.pk})
    return mail


def deliver(mail: QueuedMail) -> None:
    """Hand one mail to the mail server and forget it. Raises what the mail server's connection raises."""
    EmailMessage(mail.subject, mail.body, settings.DEFAULT_FROM_EMAIL, [mail.to]).send()
    mail.delete()
    took = MailServer(pk=1, took_at=timezone.now())
    MailServer.objects.bulk_create([took], update_conflicts=True, unique_fields=["id"], update_fields=["took_at"])
    settle(STUCK)


def tell_of_delay(mail: QueuedMail, error: Exception) -> None:
    """A mail has waited too long for the mail server, and no other has left since: it is not this one alone.

    Without mails nobody gets in who is new or forgot a password.
    """
    another = MailServer.objects.filter(took_at__gte=mail.created_at)
    if timezone.now() - mail.created_at < LATE or another.exists():
        return
    waiting = QueuedMail.objects.count()
    raise_alert(
        STUCK,
        "Mails are not leaving",
        f"{waiting} {'waits' if waiting == 1 else 'wait'} for the mail server, which said: {str(error)[:300]}. "
        "New members cannot confirm their address, and a forgotten password cannot be reset.",
        severity="bad",
        url="/admin/jobs/?jobs.state=new",
    )


def pause_before_next_try(mail: QueuedMail) -> float | None:
    """Seconds to wait: as long again as the mail has waited, at most an hour; None when it is time to give up."""
    waited = timezone.now() - mail.created_at
    if waited > GIVE_UP_AFTER:
        return None
    return min(max(waited.total_seconds(), 15), LONGEST_PAUSE)
