"""Background work of this room."""

from smtplib import SMTPException, SMTPRecipientsRefused

from celery import shared_task
from django.core.management import call_command
from django.db import connection

from accounts import bulk, email_change, exporting, figures, mail, own_data, removal, sessions, standing
from accounts.models import OwnData, QueuedMail
from accounts.models.bulk import KIND
from exports import kinds
from jobs.registry import FILES_QUEUE, Retry, handler

kinds.register(exporting.USERS)


@handler(mail.KIND, atomic=False)
def send_mail(job):
    """Deliver one queued mail; a mail server that does not answer is tried again, ever later."""
    queued = QueuedMail.objects.filter(pk=job.payload["mail"]).first()
    if queued is None:
        return
    try:
        mail.deliver(queued)
    except (SMTPException, OSError) as error:
        if not isinstance(error, SMTPRecipientsRefused):  # one address, not the server
            mail.tell_of_delay(queued, error)
        pause = mail.pause_before_next_try(queued)
        if pause is None:
            raise
        raise Retry(pause, f"The mail server said: {error}") from error


@handler(KIND, atomic=False)
def run_bulk_act(job):
    """A hundred at a time; a run after a crash goes on where it stopped."""
    bulk.run_job(job)


@handler("accounts.gather_own_data", atomic=False, queue=FILES_QUEUE)
def gather_own_data(job):
    """Put together what is kept about one person."""
    own_data.gather(OwnData.objects.select_related("user").get(pk=job.payload["own_data"]), job)


@shared_task(name="accounts.clear_sessions")
def clear_sessions():
    """Forget what is over: sessions, changes of address, archives of own data, counts that no limit needs."""
    call_command("clearsessions")
    sessions.forget_ended()
    email_change.forget_old()
    own_data.forget_old()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cache WHERE expires < now()")


@handler("accounts.lift_suspension")
def lift_suspension(job):
    """A suspension has reached its end."""
    standing.lift(job.payload["user"], job.payload["until"])


@handler("accounts.purge")
def purge(job):
    """The days in which a deleted account could be restored are over."""
    removal.purge(job.payload["user"], job.payload["deleted_at"])


@shared_task(name="accounts.refresh_figures")
def refresh_figures():
    """What accounts are ordered by follows the ledger."""
    figures.refresh()
