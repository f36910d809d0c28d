"""Who asked, where the request itself had not found out: nobody waits for the database only to be counted.

The recorder notes the key of the session instead, and whoever stores the view looks it up. A key is never stored.
"""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import LazyObject, empty

from accounts.impersonation import KEY as IMPERSONATION
from accounts.models import User


def as_told(request) -> int | str | None:
    """The signed-in person's id as far as the request knows it; else the key of the session; None for nobody."""
    user = getattr(request, "user", None)
    if user is not None and not (isinstance(user, LazyObject) and user._wrapped is empty):
        return user.pk
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return key if len(key) == 32 and key.isascii() and key.isalnum() else None


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
