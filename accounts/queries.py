"""What the pages and panels of this room read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Lower

from accounts.models import OutboxMail, QueuedMail, User
from accounts.user_page import user_devices, user_notes, user_profile, user_sign_ins, user_works  # noqa: F401 (reads of panels are found here)
from audit.models import AuditEvent, label
from ledger import queries as ledger

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
NEWEST_FIRST = ("-date_joined", "-id")
SORTS = {"joined": "date_joined", "last_login": "last_login_or_never", "name": "lower_name"}


def users(*, q="", role="", status="") -> QuerySet[User]:
    """Accounts whose e-mail or name begins with `q`, or whose id it is."""
    people = User.objects.annotate(lower_name=Lower("name"), last_login_or_never=Coalesce(F("last_login"), LONG_AGO))
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


def in_order(people: QuerySet[User], sort: str) -> QuerySet[User]:
    """The same rows in the order that the page shows."""
    column = SORTS.get(sort.removeprefix("-"))
    sign = "-" if sort.startswith("-") else ""
    return people.order_by(*((f"{sign}{column}", f"{sign}id") if column else NEWEST_FIRST))


def with_credit(people: Iterator[User]) -> Iterator[User]:
    """The same people, each with `credit`, read a thousand at a time."""
    while some := list(islice(people, 1000)):
        yield from add_credit(some)


def add_credit(people: Iterable[User]) -> Iterable[User]:
    """Give each of these people its balances, in one statement."""
    found = ledger.balances_of([person.pk for person in people])
    for person in people:
        person.credit = found[person.pk]
    return people


def user_credit(person: User) -> ledger.Balances:
    """The balances of one account."""
    return ledger.balances(person)


def user_events(person: User) -> QuerySet[AuditEvent]:
    """What happened to an account, and what its person did."""
    return AuditEvent.objects.select_related("actor", "on_behalf_of").filter(Q(target=label(person)) | Q(actor=person))


def outbox(*, limit: int) -> list[OutboxMail]:
    """The newest mails of the embedded mode."""
    return list(OutboxMail.objects.order_by("-sent_at", "-id")[:limit])


def waiting_mails() -> int:
    """How many mails are still on their way."""
    return QueuedMail.objects.count()


@dataclass(frozen=True)
class SignUps:
    """New members of a period beside the period before, and all members: no staff; demo members apart."""

    now: int
    before: int
    members: int
    demo: int


def sign_ups(*, period) -> SignUps:
    """Counts for a `ui.periods.Period`."""
    members = User.objects.filter(role="", is_demo=False)

    def joined(during) -> int:
        return members.filter(date_joined__gte=during.start, date_joined__lt=during.end).count()

    demo = User.objects.filter(role="", is_demo=True).count()
    return SignUps(joined(period), joined(period.previous), members.count(), demo)
