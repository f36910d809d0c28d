"""The first owner of an installation: a link that is good once and for one day, made on the command line."""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import one_time, sessions
from accounts.models import OwnerLink, Role, User
from audit.models import record

VALID_FOR = timedelta(hours=24)


def make(email: str) -> str:
    """Make `email` an owner and return the address of the page where its password is chosen."""
    link, digest = one_time.make("owner_link")
    with transaction.atomic():
        user = _owner(email)
        user.ownerlink_set.filter(used_at=None).delete()
        user.ownerlink_set.create(digest=digest, expires_at=timezone.now() + VALID_FOR)
    return link


def find(token: str) -> OwnerLink | None:
    """The link that `token` opens, unless it was used or is too old."""
    return _open().select_related("user").filter(digest=one_time.digest(token)).first()


def redeem(link: OwnerLink, password: str) -> bool:
    """Set the owner's password and close the link; False when somebody was faster."""
    with transaction.atomic():
        if not _open().filter(pk=link.pk).update(used_at=timezone.now()):
            return False
        link.user.set_password(password)
        link.user.save(update_fields=["password"])
        sessions.end_all(link.user, by=link.user)
        record(link.user, "user.password_changed", link.user, note="By the one-time link for owners")
    return True


def _owner(email: str) -> User:
    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        user = User.objects.create_user(email, role=Role.SUPER_ADMIN)
        record(None, "user.made_owner", user, after={"role": user.role})
        return user
    before = {"role": user.role, "is_active": user.is_active}
    user.role, user.is_active = Role.SUPER_ADMIN, True
    user.save(update_fields=["role", "is_active"])
    record(None, "user.made_owner", user, before=before, after={"role": user.role, "is_active": True})
    return user


def _open() -> QuerySet[OwnerLink]:
    return OwnerLink.objects.filter(one_time.in_time(), used_at=None)
