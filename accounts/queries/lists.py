"""People, roles, mails and acts, as lists and panels show them."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404

from accounts.filtering import UserFilter
from accounts.models import BulkAct, CustomRole, OutboxMail, QueuedMail, StaffInvitation, User, know_roles
from accounts.permissions import Perm
from accounts.roles import Known, known, offered
from accounts.staff_invitations import allows, waiting
from audit.entries import hidden_from
from audit.models import AuditEvent, label
from ledger import queries as ledger
from ui.folding import begins

NEWEST_FIRST = ("-date_joined", "-id")
FEW = 200
SORTS = {
    "joined": "date_joined",
    "last_login": "last_login_or_never",
    "last_seen": "last_seen_or_never",
    "name": "folded",
}
BY_CREDIT = {"credits": "spendable"}


def users(*, viewer=None, **wanted) -> QuerySet[User]:
    """Accounts as accounts/filtering.py finds them; `viewer` None may search no addresses and ask for no credit."""
    return UserFilter(wanted, viewer=viewer).qs


def named(words: str, *, by_email: bool = False) -> QuerySet[User]:
    """People whose name begins with the words, or `by_email` whose address does: for filters of other rooms' lists."""
    return User.objects.filter(begins(words, by_email=by_email))


def of_named(column: str, words: str, *, by_email: bool = False) -> Q | None:
    """Rows of such people, for a list with an index of each person's rows; None where nobody is named so.

    Few are named one by one, so that this index is used; of many the list meets some soon in its own order.
    """
    people = named(words, by_email=by_email).values_list("pk", flat=True)
    few = list(people[: FEW + 1])
    return Q(**{f"{column}__in": few if len(few) <= FEW else people}) if few else None


def sorts(viewer) -> dict[str, str]:
    """By what this person may order the list."""
    return SORTS | BY_CREDIT if viewer.can(Perm.USERS_READ_CREDIT) else SORTS


def in_order(people: QuerySet[User], sort: str, viewer) -> QuerySet[User]:
    """The same rows in the order that the page shows."""
    column = sorts(viewer).get(sort.removeprefix("-"))
    sign = "-" if sort.startswith("-") else ""
    return people.order_by(*((f"{sign}{column}", f"{sign}id") if column else NEWEST_FIRST))


@dataclass(frozen=True)
class View:
    """A filter under a name. Only one's own can be deleted, by its `pk`."""

    name: str
    query: str
    pk: int | None = None


OWN_VIEWS = "SELECT name, query, id FROM accounts_savedview WHERE owner_id = %s ORDER BY name"
READY_MADE = [View("Everybody", ""), View("New this week", "joined=7"), View("Suspended", "status=suspended")]


def views(owner) -> list[View]:
    """The views that everybody has, and this person's own."""
    with connection.cursor() as cursor:  # four times as fast as in Django's words, on every page of the list
        cursor.execute(OWN_VIEWS, [owner.pk])
        return READY_MADE + [View(*view) for view in cursor.fetchall()]


def bulk_act(*, pk) -> BulkAct:
    """One act on many accounts, with its job."""
    return get_object_or_404(BulkAct.objects.select_related("by", "job", "undoes", "undone_by"), pk=pk)


def user_credit(person: User) -> ledger.Balances:
    """The balances of one account."""
    return ledger.balances(person)


def user_events(person: User, *, viewer: User, by: str = "") -> QuerySet[AuditEvent]:
    """What people did to an account, and what its person did, as a viewer may know; when asked, the system, too."""
    found = AuditEvent.objects.filter(Q(target=label(person)) | Q(actor=person))
    found = found.exclude(verb__in=hidden_from(viewer))
    return found if by else found.filter(actor__isnull=False)


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

    demo = Q(is_demo=True)
    all_now = User.objects.filter(role="").aggregate(members=Count("pk", ~demo), demo=Count("pk", demo))
    return SignUps(joined(period), joined(period.previous), **all_now)


@dataclass(frozen=True)
class Matrix:
    """Every permission beside every role: `areas` are (area, [(permission, who holds it)]), roles in order."""

    roles: list[tuple[Known, int]]  # with how many people have it
    areas: list[tuple[str, list[tuple[Perm, list[tuple[str, bool]]]]]]
    retired: list[CustomRole]


def roles() -> Matrix:
    """Who may do what."""
    found, areas = known(), {}
    for perm in Perm:
        areas.setdefault(perm.area, []).append((perm, [(role.title, perm in role.perms) for role in found]))
    staff = User.objects.exclude(role="").filter(deleted_at=None).values_list("role")
    people = dict(staff.annotate(count=Count("pk")))
    retired = CustomRole.objects.filter(retired_at__isnull=False).order_by("title")
    return Matrix([(role, people.get(role.key, 0)) for role in found], list(areas.items()), list(retired))


def staff_invitations() -> list[StaffInvitation]:
    """Who was invited to the staff and has not come, the newest first; `works` is whether the link lets them in now."""
    found, offered_now = list(waiting()), known()
    know_roles([*found, *(invitation.invited_by for invitation in found)])
    for invitation in found:
        invitation.works = allows(invitation.invited_by, invitation.role, offered_now)
    return found


def user_role(*, viewer: User) -> list[Known]:
    """The roles that the viewer may give."""
    return offered(viewer)
