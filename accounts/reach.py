"""What dangerous security settings would do to people, told before they are changed; nobody shuts themselves out."""

from datetime import timedelta
from functools import partial

from allauth.mfa.models import Authenticator
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts import lifetimes, lockouts
from accounts.models import User
from audit.models import AuditEvent
from tunables import values
from tunables.reach import Reach, foresees
from ui import format

NAMED = 5
LOOKED_AT = 20_000  # of the newest sessions: more would keep the page waiting


@foresees("registration_mode")
def registration(mode) -> Reach:
    """How many registered lately."""
    joined = User.objects.filter(role="", date_joined__gte=timezone.now() - timedelta(days=7)).count()
    lately = f"{_many(joined, 'person', 'people')} registered in the last 7 days."
    return Reach(
        {"open": "Everybody could register.", "closed": "Nobody could register."}.get(
            mode, "Only invited people could."
        )
        + f" {lately}"
    )


@foresees("login_failures_before_lockout")
def failures(number) -> Reach:
    """How many accounts are paused now."""
    since = timezone.now() - timedelta(minutes=values.get("lockout_minutes"))
    paused = AuditEvent.objects.filter(verb=lockouts.VERB, at__gte=since).values("target").distinct().count()
    accounts = _many(paused, "account that is paused now", "accounts that are paused now")
    return Reach(f"Wrong sign-ins would be counted anew: {accounts} could be tried again at once.")


@foresees("require_email_verification")
def verification(required) -> Reach:
    """Who could not sign in any more."""
    if not required:
        return Reach("New members would sign in unconfirmed, and signing up would tell whether an address is taken.")
    people = _unconfirmed()
    if not people.exists():
        return Reach("Everybody has confirmed an address: nobody would be shut out.")
    sentence = f"{_many(people.count(), 'person', 'people')} could not sign in before confirming an address."
    return Reach(sentence, _names(people.order_by("-role", "name", "pk")[:NAMED]))


@values.guard("require_email_verification")
def own_address(required, by) -> str:
    """Why not, when it would shut the actor out."""
    if required and by is not None and _unconfirmed().filter(pk=by.pk).exists():
        return "You have not confirmed your own address: you could not sign in any more. Confirm it first."
    return ""


@foresees("staff_mfa_required")
def second_step(required) -> Reach:
    """Who of staff would be kept out."""
    if not required:
        return Reach("Whoever knows or guesses a password of staff would be in the back office.")
    people = _without_second_step()
    if not people.exists():
        return Reach("All of staff have a second step: nobody would be kept out.")
    sentence = f"{_many(people.count(), 'member of staff', 'members of staff')} would have to set one up first."
    return Reach(sentence, _names(people.order_by("name", "pk")[:NAMED]))


@values.guard("staff_mfa_required")
def own_second_step(required, by) -> str:
    """Why not, when it would keep the actor out."""
    if required and by is not None and _without_second_step().filter(pk=by.pk).exists():
        return "You have no second step yourself. Set one up first, or you would be kept out."
    return ""


def _without_second_step():
    factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return User.objects.exclude(role="").filter(~Exists(factors), is_active=True, deleted_at=None)


def _unconfirmed():
    return User.objects.unconfirmed().filter(is_active=True)


def _ended_sessions(key, hours) -> Reach:
    ended, _ = _signed_out(key, hours)
    kind = ("member of staff", "members of staff") if key.startswith("staff_") else ("member", "members")
    if not ended:
        return Reach("Nobody would be signed out.")
    return Reach(f"{_many(len(ended), *kind)} would be signed out at once.", _names(list(ended.values())[:NAMED]))


def _own_session(key, hours, by) -> str:
    ended, left = _signed_out(key, hours) if by is not None else ({}, set())
    if by is None or by.pk not in ended or by.pk in left:
        return ""
    return "You would be signed out yourself. Sign out and in again first."


for _key in lifetimes.KEYS:
    foresees(_key)(partial(_ended_sessions, _key))
    values.guard(_key)(partial(_own_session, _key))


def _signed_out(key, hours) -> tuple[dict[int, User], set[int]]:
    """Who would lose a session that holds now, and who would have one left."""
    now = lifetimes.limits()
    if hours >= now[key]:
        return {}, set()
    kept = Session.objects.filter(expire_date__gt=timezone.now()).order_by("-expire_date")
    decode = SessionStore().decode
    sessions = [decode(data) for data in kept.values_list("session_data", flat=True)[:LOOKED_AT]]
    people = User.objects.in_bulk({int(session[SESSION_KEY]) for session in sessions if SESSION_KEY in session})
    ended, left = {}, set()
    for session in sessions:
        person = people.get(int(session.get(SESSION_KEY, 0)))
        if person is None or not _holds(session, person, now):
            continue
        if lifetimes.is_over(session, person.is_staff, {**now, key: hours}):
            ended[person.pk] = person
        else:
            left.add(person.pk)
    return ended, left


def _holds(session, person, hours) -> bool:
    is_theirs = session.get(HASH_SESSION_KEY) == person.get_session_auth_hash()
    return person.is_active and is_theirs and not lifetimes.is_over(session, person.is_staff, hours)


def _names(people) -> tuple[str, ...]:
    """Names, never addresses: not everybody who may tune may see those."""
    return tuple(person.name or f"account {person.pk}" for person in people)


def _many(number: int, one: str, more: str) -> str:
    return f"{format.count(number)} {one if number == 1 else more}"
