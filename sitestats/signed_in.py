"""Who asked, where the request itself had not found out: nobody waits for the database only to be counted.

The recorder notes the key of the session instead, and whoever stores the view looks it up. A key is never stored.
"""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import LazyObject, empty

from accounts.impersonation import KEY as IMPERSONATION
from accounts.models import User

COOKIE = settings.SESSION_COOKIE_NAME  # read once: the settings are slow to ask


def as_told(request) -> int | str | None:
    """The signed-in person's id as far as the request knows it; else the key of the session; None for nobody."""
    user = _found(request, "user")
    if user is not None:
        return user.pk
    key = request.COOKIES.get(COOKIE, "")
    return key if len(key) == 32 and key.isascii() and key.isalnum() else None


def is_staff(request) -> bool:
    """Whether staff look, with their own eyes or a member's, as far as the request knows it."""
    real = _found(request, "real_user")
    return real is not None and real.is_staff


def _found(request, name: str) -> User | AnonymousUser | None:
    """Who it is, out of what finds it out once it is asked, which is slow to ask. None: it was not found out."""
    person = getattr(request, name, None)
    if isinstance(person, LazyObject):
        person = object.__getattribute__(person, "_wrapped")
    return None if person is empty else person


def look_up(keys: set[str]) -> dict[str, tuple[int | None, bool]]:
    """Key -> whose session it is, and whether staff look, with their own eyes or a member's. Two questions for all."""
    kept = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class().objects
    running = kept.filter(session_key__in=keys, expire_date__gt=timezone.now())
    sessions = {each.session_key: each.get_decoded() for each in running}
    people = User.objects.filter(is_active=True).in_bulk({told.get(SESSION_KEY) for told in sessions.values()} - {None})
    found = dict.fromkeys(keys, (None, False))
    for key, told in sessions.items():
        user = people.get(int(told.get(SESSION_KEY, 0)))
        if user and not _is_of(told, user):
            user = None
        found[key] = user and user.pk, bool(user and user.is_staff) or IMPERSONATION in told
    return found


def _is_of(told: dict, user: User) -> bool:
    """Whether the session still holds: a new password or a sign-out everywhere ends it, as for a request."""
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return any(constant_time_compare(told.get(HASH_SESSION_KEY, ""), each) for each in hashes)
