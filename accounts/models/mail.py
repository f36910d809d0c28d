"""Mails on their way, and those that the embedded mode keeps."""

from django.db import models
from django.utils import timezone


class QueuedMail(models.Model):
    """A mail on its way out. It holds links that open accounts, so the row goes once it is delivered."""

    to = models.EmailField()
    subject = models.CharField(max_length=255)
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)


class MailServer(models.Model):
    """What is known of it, in one row: when it last took a mail."""

    took_at = models.DateTimeField()


class OutboxMail(models.Model):
    """A mail delivered in embedded mode, where nothing leaves the machine: read it at /outbox/."""

    to = models.EmailField()
    subject = models.CharField(max_length=255)
    body = models.TextField()
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["-sent_at", "-id"], name="accounts_outboxmail_sent")]
