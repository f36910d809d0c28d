"""What happened to a person's account, in words for that person."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from audit.models import AuditEvent, label

# What people see of the record of their account; everything else in it is for staff
WORDS = {
    "user.registered": "Account created",
    "user.imported": "Account created",
    "user.signed_in": "Signed in",
    "user.signed_out": "Signed out",
    "user.sign_in_failed": "Wrong password",
    "user.second_factor_failed": "Wrong code",
    "user.locked_out": "Sign-in paused after too many tries",
    "user.password_changed": "Password changed",
    "user.renamed": "Name changed",
    "user.email_confirmed": "E-mail confirmed",
    "user.email_corrected": "E-mail corrected",
    "user.email_change_asked": "Change of e-mail asked for",
    "user.email_change_confirmed": "Change of e-mail confirmed",
    "user.email_change_stopped": "Change of e-mail stopped",
    "user.email_changed": "E-mail changed",
    "user.second_factor_added": "Second step set up",
    "user.second_factor_removed": "Second step removed",
    "user.recovery_codes_renewed": "New recovery codes made",
    "user.recovery_code_used": "Recovery code used",
    "user.reset_sent": "Link to choose a new password sent",
    "user.confirmation_sent": "Mail to confirm your e-mail sent",
    "user.session_ended": "A device signed out",
    "user.sessions_ended": "Signed out everywhere else",
    "user.suspended": "Account suspended",
    "user.restored": "Account opened again",
    "user.deleted": "Account deleted",
    "user.undeleted": "Account brought back",
    "user.plan_overridden": "Plan changed",
    "user.plan_override_ended": "Plan is again what you pay for",
    "user.data_asked_for": "Own data asked for",
    "user.data_fetched": "Own data downloaded",
    "impersonation.began": "Our support looked at your account as you see it",
    "impersonation.writes_allowed": "Our support began to change things for you",
    "impersonation.wrote": "Our support changed something for you",
    "impersonation.ended": "Our support left your account",
}


@dataclass(frozen=True)
class Happening:
    """One line: when, what in words, `who` did it ("You" or staff), and from `where`."""

    at: datetime
    what: str
    who: str
    where: str


def of(user: User) -> QuerySet[AuditEvent]:
    """What they see of its record."""
    return AuditEvent.objects.filter(target=label(user), verb__in=WORDS).select_related("actor")


def said(event: AuditEvent, user: User) -> Happening:
    """One of these events in words."""
    staff = event.actor is not None and event.actor != user
    kind = (event.after or event.before or {}).get("kind")
    device = (event.after or {}).get("device") or (event.before or {}).get("device")
    words = "Signed out everywhere" if staff and event.verb == "user.sessions_ended" else WORDS[event.verb]
    what = f"{words}: {kind}" if kind else words
    who = "Our staff" if staff else "You" if event.actor else "Somebody"
    return Happening(event.at, what, who, "" if staff else ", ".join(filter(None, (device, event.client))))
