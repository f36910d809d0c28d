"""Invitations for staff: a link by mail that works once, for three days, and gives no more than the inviter has."""

from datetime import timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import mail, one_time, roles
from accounts.masking import sees_addresses
from accounts.models import StaffInvitation, User
from accounts.permissions import Perm
from accounts.roles import Refused
from audit.models import record
from audit.redaction import masked

VALID_FOR = timedelta(days=3)
TAKEN = "There is an account with this address. Change its role on its page under Users."
TAKEN_MEANWHILE = (
    "There is an account with this address already. Sign in, and ask whoever invited you to change its role."
)


def waiting() -> QuerySet[StaffInvitation]:
    """Those that can still be accepted, the newest first."""
    found = StaffInvitation.objects.filter(one_time.in_time(), accepted_at=None, revoked_at=None)
    return found.select_related("invited_by").order_by("-id")


def inviters(ids: set[int], viewer) -> dict[int, str]:
    """Id -> name of who invited, for the log."""
    return {person.pk: person.name or f"Account {person.pk}" for person in User.objects.filter(pk__in=ids)}


def names(ids: set[int], viewer) -> dict[int, str]:
    """Id -> whom it invites, for the log: masked for whoever may not see addresses, as it is kept there."""
    found = StaffInvitation.objects.filter(pk__in=ids).values_list("pk", "email")
    return {pk: f"invitation of {email if sees_addresses(viewer) else masked(email)}" for pk, email in found}


def invite(email: str, role_key: str, *, by: User) -> StaffInvitation:
    """Send the link. An earlier one to the same address stops working."""
    role = next((role for role in roles.offered(by) if role.key == role_key), None)
    if role is None:
        raise Refused("Choose a role that holds nothing beyond your own.")
    if User.objects.filter(email=email.lower()).exists():
        raise Refused(TAKEN)
    url, digest = one_time.make("staff_invitation")
    with transaction.atomic():
        _one_by_one(email.lower())
        waiting().filter(email=email.lower()).update(revoked_at=timezone.now())
        made = StaffInvitation.objects.create(
            email=email.lower(),
            role=role_key,
            digest=digest,
            invited_by=by,
            expires_at=timezone.now() + VALID_FOR,
        )
        record(by, "staff.invited", made, after={"email": made.email, "role": role_key})
        mail.send(made.email, "accounts/mail/staff_invitation", {"by": by, "role": role.title, "url": url})
    return made


def _one_by_one(email: str) -> None:
    """Of two invitations to one address at once, the second sees the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"staff invitation {email}"])


def revoke(made: StaffInvitation, *, by: User) -> bool:
    """Take it back; False when it was used, revoked or too old already."""
    with transaction.atomic():
        changed = waiting().filter(pk=made.pk).update(revoked_at=timezone.now())
        if changed:
            record(by, "staff.invitation_revoked", made, after={"email": made.email})
    return bool(changed)


def find(token: str) -> StaffInvitation | None:
    """The invitation that `token` opens, while it may be accepted. Locks nothing: whoever accepts it asks again."""
    made = waiting().filter(digest=one_time.digest(token)).first()
    return made if made and allows(made.invited_by, made.role, roles.known()) else None


def accept(made: StaffInvitation, *, name: str, password: str) -> User | None:
    """Create the account with its role; None when the link was used or taken back meanwhile."""
    try:
        with transaction.atomic():
            if not _still_allowed(made) or not waiting().filter(pk=made.pk).update(accepted_at=timezone.now()):
                return None
            user = User.objects.create_user(made.email, password, name=name, role=made.role)
            StaffInvitation.objects.filter(pk=made.pk).update(accepted_by=user)
            record(user, "staff.joined", user, after={"role": made.role, "invited_by": made.invited_by.pk})
    except IntegrityError as error:
        if "accounts_user_email_unique" in str(error):
            raise Refused(TAKEN_MEANWHILE) from error
        raise
    return user


def _still_allowed(made: StaffInvitation) -> bool:
    """The inviter is still here and may still give this role, so a link never outlives its giver's rights.

    Until the transaction is over neither of the two changes: whoever retires the role or widens it sees who came in.
    """
    inviter = User.objects.select_for_update(no_key=True).get(pk=made.invited_by_id)
    roles.hold(made.role)
    return allows(inviter, made.role, roles.known())


def allows(inviter: User, key: str, offered: list[roles.Known]) -> bool:
    """Whether `inviter` may bring in somebody as this role, of those that are offered now."""
    return inviter.can(Perm.STAFF_INVITE) and any(role.key == key and role.perms <= inviter.perms for role in offered)
