"""Where a person is signed in: one row a session, kept by allauth; noted when it begins, then to the minute."""

import datetime as dt

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY, update_session_auth_hash
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from accounts import devices, second_factor
from accounts.models import EmailChange, User
from audit.models import record

PERSON_EVERY = dt.timedelta(minutes=5)


def seen(request) -> None:
    """Note that this session is in use, and from where. One that began before there were such rows gets its row.

    Of the person it is noted every five minutes at most, whatever the number of their sessions.
    """
    now, late = timezone.now(), timezone.now() - PERSON_EVERY
    if request.user.last_seen_at is None or request.user.last_seen_at <= late:
        due = Q(last_seen_at=None) | Q(last_seen_at__lte=late)
        User.objects.filter(due, pk=request.user.pk).update(last_seen_at=now)
    rows = UserSession.objects.filter(session_key=request.session.session_key, user=request.user)
    agent = request.headers.get("User-Agent", "")[:200]
    if not rows.update(last_seen_at=now, user_agent=agent):
        UserSession.objects.create_from_request(request)


def of(user: User) -> list[UserSession]:
    """Those that still hold, last seen first; each with its device by name."""
    sessions = UserSession.objects.purge_and_list(user)
    for session in sessions:
        session.device = devices.family(session.user_agent) or "Unknown device"
    return sorted(sessions, key=lambda session: session.last_seen_at, reverse=True)


def end(session: UserSession, *, by: User) -> None:
    """Sign this browser out, now; and with it whoever sees the site as a member there."""
    with transaction.atomic():
        _lock(session)
        device, held = devices.family(session.user_agent), SessionStore(session.session_key)
        if lent := held.get("impersonation"):
            member = User(pk=held[SESSION_KEY])
            record(User(pk=lent["by"]), "impersonation.ended", member, note="The session was ended")
        session.end()
        record(by, "user.session_ended", session.user, before={"device": device})


def _lock(session: UserSession) -> None:
    """Take it as it is: while staff begin or end to see the site as a member, it moves to another key."""
    before = None
    while before != session.session_key:
        before = session.session_key
        Session.objects.select_for_update(no_key=True).filter(pk=before).first()
        there = UserSession.objects.filter(pk=session.pk).values_list("session_key", flat=True).first()
        session.session_key = there or before


def end_all(user: User, *, by: User | None, but: str = "") -> None:
    """Sign this person out everywhere, with whatever else the caller's transaction does to the account.

    `by` None is the system. Sessions carry a hash that the epoch is part of: none of those that began holds any more,
    and none is listed, `but` the one that the caller lets go on. Nor does what somebody who was in may have begun for
    later: another address.
    """
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
    UserSession.objects.filter(user=user).exclude(session_key=but).delete()
    if EmailChange.objects.filter(user=user).delete()[0]:
        record(by, "user.email_change_stopped", user)


def end_others(request) -> None:
    """Sign this person out everywhere but here."""
    here = request.session.session_key
    with transaction.atomic():
        end_all(request.user, by=request.user, but=here)
        record(request.user, "user.sessions_ended", request.user)
    update_session_auth_hash(request, request.user)  # which gives the session another key
    UserSession.objects.filter(session_key=here).update(session_key=request.session.session_key)
    request.session.pop(second_factor.CHANGED, None)
    seen(request)


def forget_ended() -> None:
    """Drop the rows of sessions that are gone."""
    there = Session.objects.filter(session_key=OuterRef("session_key"))
    UserSession.objects.filter(~Exists(there)).delete()
