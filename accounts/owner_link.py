"""The first owner of an installation: a link that is good once and for one day, made on the command line."""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import one_time, second_factor, sessions
from accounts.models import OwnerLink, Role, User
from audit.models import record

VALID_FOR = timedelta(hours=24)
CHANGED = ("role", "is_active", "suspension_reason", "suspended_until", "deleted_at", "purges_at", "paid_ends_at")
CHANGED += ("password",)
BY_LINK = "By the one-time link for owners"


def make(email: str) -> str:
    """The address of the page where `email` becomes an owner by choosing a password. Nobody is one before."""
    link, digest = one_time.make("owner_link")
    with transaction.atomic():
        there = User.objects.select_for_update(no_key=True).filter(email=email.lower()).first()
        user = there or User.objects.create_user(email)
        user.ownerlink_set.filter(used_at=None).delete()
        user.ownerlink_set.create(digest=digest, expires_at=timezone.now() + VALID_FOR)
        record(None, "user.owner_link_made", user)
    return link


def find(token: str) -> OwnerLink | None:
    """The link that `token` opens, unless it was used or is too old, or nobody is left whom it could make an owner."""
    return _open().select_related("user").filter(digest=one_time.digest(token), user__purged_at=None).first()


def redeem(link: OwnerLink, password: str) -> bool:
    """Make an owner with this password, end their sessions and close the link.

    Suspended or deleted, the account is open from then on, and its address counts as confirmed. Passkeys, apps and
    recovery codes, which somebody else may have, open it no more. False when somebody was faster.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(pk=link.user_id, purged_at=None).first()
        if user is None or not _open().filter(pk=link.pk).update(used_at=timezone.now()):
            return False
        before = {"role": user.role, "status": user.status}
        user.role, user.is_active = Role.SUPER_ADMIN, True
        user.suspension_reason, user.suspended_until = "", None
        user.deleted_at = user.purges_at = user.paid_ends_at = None  # the job of the purge finds nothing to do
        user.set_password(password)
        user.save(update_fields=CHANGED)
        user.emailaddress_set.exclude(email=user.email).update(primary=False)
        user.emailaddress_set.update_or_create(email=user.email, defaults={"verified": True, "primary": True})
        sessions.end_all(user, by=user)
        second_factor.remove_all(user, note=BY_LINK)
        record(None, "user.made_owner", user, before=before, after={"role": user.role, "status": user.status})
        record(user, "user.password_changed", user, note=BY_LINK)
    return True


def _open() -> QuerySet[OwnerLink]:
    return OwnerLink.objects.filter(one_time.in_time(), used_at=None)
