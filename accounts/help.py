"""What support does for somebody who cannot get in: mails with links, and sessions ended. Nobody learns a password."""

from datetime import timedelta

from allauth.account.internal.flows.password_reset import request_password_reset
from django.db import transaction
from django.utils import timezone

from accounts import sessions, standing
from accounts.models import User
from accounts.standing import NotAllowed
from audit.models import AuditEvent, label, record

PAUSE = timedelta(minutes=1)  # between two mails of one kind: a double click sends one


def send_reset(request, user: User) -> bool:
    """Mail the link to choose a new password. False when that was done a moment ago."""
    return _mail(request, user, "user.reset_sent", _send_reset)


def resend_confirmation(request, user: User) -> bool:
    """Mail the link that confirms the address. False when that was done a moment ago."""
    return _mail(request, user, "user.confirmation_sent", _send_confirmation)


def end_sessions(user: User, *, by: User) -> None:
    """Sign this person out everywhere."""
    with transaction.atomic():
        sessions.end_all(standing.locked(user, by=by), by=by)
        record(by, "user.sessions_ended", user)


def _mail(request, user, verb, send) -> bool:
    with transaction.atomic():
        person = standing.locked(user, by=request.user)
        if not person.is_active:
            raise NotAllowed("This account is closed. Restore it first.")
        if AuditEvent.objects.filter(target=label(person), verb=verb, at__gt=timezone.now() - PAUSE).exists():
            return False
        send(request, person)
        record(request.user, verb, person)
    return True


def _send_reset(request, user):
    request_password_reset(request, user.email, [user], token_generator=None)


def _send_confirmation(request, user):
    address = user.emailaddress_set.filter(email=user.email, verified=False).first()
    if address is None:
        raise NotAllowed("The address is confirmed already.")
    address.send_confirmation(request)
