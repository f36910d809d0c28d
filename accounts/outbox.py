"""Where mails go in embedded mode: into a table, shown at /outbox/. Nothing leaves the machine."""

from django.core.mail.backends.base import BaseEmailBackend

from accounts.models import OutboxMail

KEPT = 500


class OutboxBackend(BaseEmailBackend):
    """Django's mail backend interface over the OutboxMail table."""

    def send_messages(self, email_messages):
        for message in email_messages:
            message.message()  # builds the headers, which refuses line breaks in them
            for to in message.recipients():
                OutboxMail.objects.create(to=to, subject=message.subject, body=message.body)
        self._drop_oldest()
        return len(email_messages)

    def _drop_oldest(self):
        kept = OutboxMail.objects.order_by("-sent_at", "-id").values("pk")[:KEPT]
        OutboxMail.objects.exclude(pk__in=kept).delete()
