"""What the pages and panels of this room read."""

from datetime import UTC, datetime

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Lower

from accounts.models import OutboxMail, QueuedMail, User

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
SORTS = {
    "joined": ("-date_joined", "-id"),
    "last_login": ("-last_seen_here", "-id"),
    "name": ("lower_name", "id"),
}


def users(*, q="", role="", status="") -> QuerySet[User]:
    """Accounts whose e-mail or name begins with `q`, or whose id it is."""
    people = User.objects.annotate(lower_name=Lower("name"), last_seen_here=Coalesce(F("last_login"), LONG_AGO))
    if q := q.strip().lower():
        matches = Q(email__startswith=q) | Q(lower_name__startswith=q)
        if q.isdecimal() and len(q) < 19:
            matches |= Q(pk=int(q))
        people = people.filter(matches)
    if role:
        people = people.filter(role="" if role == "member" else role)
    if status:
        people = people.filter(is_active=status == "active")
    return people


def outbox(*, limit: int) -> list[OutboxMail]:
    """The newest mails of the embedded mode."""
    return list(OutboxMail.objects.order_by("-sent_at", "-id")[:limit])


def waiting_mails() -> int:
    """How many mails are still on their way."""
    return QueuedMail.objects.count()
