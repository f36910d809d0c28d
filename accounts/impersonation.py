"""Staff see the site as one member does: with a reason, for a while, read-only unless they switch, never unseen.

The session becomes the member's and remembers who sits there. Everything recorded meanwhile names both, and so do
refusals. Nothing of a sign-in happens (no last login, no new device): it is none.
"""

import datetime as dt
import time
from collections.abc import Mapping

from allauth.usersessions.models import UserSession
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from accounts import lifetimes, sessions
from accounts.models import User
from accounts.permissions import Perm
from accounts.standing import NotAllowed
from audit import context
from audit.models import record
from tunables import values

KEY = "impersonation"
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
# What may be changed at all while writing is switched on: nothing that costs the member money, nothing of the account
WRITABLE = (
    *("studio:cancel_cut", "studio:show_cut", "studio:delete_cut", "studio:restore_cut"),
    *("catalog:upload_my_assets", "catalog:delete_my_asset", "catalog:restore_my_asset"),
)
OWN = ("accounts:end_impersonation", "accounts:allow_writing")
# Pages that are forms and nothing else: how the member signs in, and what asks for their password
FORMS = ("account_", "mfa_")


def begin(request, member: User, *, reason: str) -> None:
    """Turn the session of `request.user`, who is staff, into one as `member`."""
    by = request.user
    if member.is_staff or not member.is_active:
        raise NotAllowed("Only the open account of a member, never that of staff.")
    if not by.can(Perm.USERS_IMPERSONATE):
        raise NotAllowed("Your role may not do that.")
    minutes = values.get("impersonation_minutes")
    state = {
        "by": by.pk,
        "hash": by.get_session_auth_hash(),
        **_times(request.session),
        "until": int(time.time()) + 60 * minutes,
        "writes": False,
    }
    with transaction.atomic():
        record(by, "impersonation.began", member, after={"minutes": minutes}, note=reason)
        _become(request, member, {KEY: state})


def allow_writing(request) -> None:
    """From now on, the member's cuts and uploads may be hidden, removed and brought back, until the end."""
    with transaction.atomic():
        record(request.real_user, "impersonation.writes_allowed", request.user)
        request.session[KEY] = {**request.session[KEY], "writes": True}


def end(request, *, why: str = "Ended by hand"):
    """Back to who sits there; a stranger to us by now (suspended, signed out everywhere) is signed out. Where to go.

    Asked twice at once it ends once, as long as the member's account is open.
    """
    state, member, kept = request.session[KEY], request.user, request.session.session_key
    staff = _staff(state)
    with transaction.atomic():
        if kept and not Session.objects.select_for_update(no_key=True).filter(pk=kept).first():
            request.session.modified = False  # it is gone, and the browser has the next one
            return reverse("accounts:user", args=[member.pk])
        record(User(pk=state["by"]), "impersonation.ended", member, note=why)
        if staff is None:
            request.session.flush()
            return reverse("account_login")
        _become(request, staff, _times(state))
        sessions.seen(request)  # where the member's were ended, its row went with the session
    return reverse("accounts:user", args=[member.pk])


class Impersonation:
    """Middleware: who really asks is `request.real_user`; `request.impersonation` holds for the banner."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        before = dict(request.session.items())  # asking for a user whose sessions were ended empties the session
        state = request.session.get(KEY) if request.user.is_authenticated else None
        if KEY in before and not state:
            return _sent_to(request, _end_without_member(request, before))
        request.real_user = request.user
        request.impersonation = state and state | {"ends_at": dt.datetime.fromtimestamp(state["until"], dt.UTC)}
        if not state:
            return self.get_response(request)
        staff = _staff(state)
        if staff is None or request.user.is_staff or time.time() >= state["until"]:
            return _sent_to(request, end(request, why=_why(request, staff)))
        request.real_user = staff
        with context.acting(staff):
            return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        """Refuse what may not be changed; signing out means to end it."""
        name = request.resolver_match.view_name
        if not request.impersonation or name in OWN:
            return None
        if request.method in SAFE:
            asks = name.startswith(FORMS) or hasattr(view, "confirmed")
            return _refused(request) if asks and name != "account_logout" else None
        if name == "account_logout":
            return _sent_to(request, end(request))
        if request.impersonation["writes"] and _is_writable(request):
            return _written(request, view, args, kwargs)
        return _refused(request)


def _why(request, staff) -> str:
    if staff is None:
        return "The right or the session was gone"
    return "The member became staff" if request.user.is_staff else "The time was over"


def _refused(request):
    """403, written down in both names."""
    record(request.user, "impersonation.refused", request.user, note=f"{request.method} {request.path[:200]}")
    says = "You see this account as its member: this may only be looked at."
    if request.htmx:
        return HttpResponse(says, status=403, content_type="text/plain; charset=utf-8")
    return render(request, "accounts/only_looked_at.html", {"says": says}, status=403)


def by_staff(request) -> bool:
    """Whether staff look, with their own eyes or a member's: then there is no visitor to count."""
    return request.real_user.is_authenticated and request.real_user.is_staff


def _end_without_member(request, before: dict) -> str:
    """The member's account was closed, or their sessions were ended, while staff looked through it. Where to go."""
    request.session.update({key: before[key] for key in (KEY, BACKEND_SESSION_KEY)})
    request.user = User.objects.get(pk=before[SESSION_KEY])
    return end(request, why="The account was closed, or its sessions were ended")


def _is_writable(request) -> bool:
    """A cut may be hidden for its member, never shown."""
    name = request.resolver_match.view_name
    return name in WRITABLE and (name != "studio:show_cut" or request.POST.get("visibility") == "private")


def _written(request, view, args, kwargs):
    """The answer of a view that changes something, in one transaction with the row that says so.

    Files are kept outside of transactions: for them the row comes first, and the view is left to be called.
    """
    with transaction.atomic():
        record(request.user, "impersonation.wrote", request.user, note=f"{request.method} {request.path[:200]}")
        if getattr(view, "takes_files", False):
            return None
        response = view(request, *args, **kwargs)
        if response.status_code >= 400:
            transaction.set_rollback(True)
    return response


def _staff(state: dict) -> User | None:
    """Who sits there, if the account is open, its sessions were not ended nor are too old, and its role still may."""
    if lifetimes.is_over(_times(state), True, lifetimes.limits()):
        return None
    staff = User.objects.filter(pk=state["by"], is_active=True).first()
    valid = staff and constant_time_compare(state["hash"], staff.get_session_auth_hash())
    return staff if valid and staff.can(Perm.USERS_IMPERSONATE) else None


def _times(kept: Mapping) -> dict[str, int]:
    """Since when the session of staff lasts and when they were seen: it grows old as if it had not been lent."""
    return {key: kept[key] for key in ("signed_in_at", "seen_at") if kept.get(key)}


def _become(request, user: User, kept: dict) -> None:
    """As django.contrib.auth.login, without its signal: that would count as a sign-in.

    In the list of who sits there it stays the same device, which can be signed out.
    """
    backend, before = request.session[BACKEND_SESSION_KEY], request.session.session_key
    request.session.flush()
    request.session.update({SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: backend})
    request.session.update({HASH_SESSION_KEY: user.get_session_auth_hash(), **kept})
    request.session.save()
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)
    rotate_token(request)
    request.user = user


def _sent_to(request, url: str):
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": url})
    return redirect(url)
