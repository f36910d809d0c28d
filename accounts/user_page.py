"""What the page of one person reads, beside what accounts/queries.py has for lists."""

from django.db.models import QuerySet

from accounts.models import User
from audit.models import AuditEvent, label


def impersonations(person: User) -> QuerySet[AuditEvent]:
    """When staff saw the site as this person, and whether they could change anything; the newest first."""
    verbs = ("impersonation.began", "impersonation.writes_allowed", "impersonation.ended")
    return AuditEvent.objects.filter(target=label(person), verb__in=verbs).order_by("-id")
