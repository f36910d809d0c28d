"""Whom dangerous settings would affect, and that nobody shuts themselves out with one."""

import time

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.tests.make import make_user
from audit.models import record
from tunables import values
from tunables.reach import foresee

pytestmark = pytest.mark.django_db
HOUR = 3600


def session_of(person, *, age=0.0, idle=0.0, mark=None):
    now = time.time()
    store = SessionStore()
    store.update({"_auth_user_id": str(person.pk), "_auth_user_hash": mark or person.get_session_auth_hash()})
    store.update({"signed_in_at": now - age * HOUR, "seen_at": now - idle * HOUR})
    store.save()


def refused(key, raw, by):
    with pytest.raises(ValidationError) as refusal:
        values.change(key, raw, by=by)
    return refusal.value.messages[0]


def test_shorter_sessions_tell_who_would_be_signed_out(owner, supporter, member, outsider):
    SessionStore().save()  # of a visitor
    session_of(owner, age=1)
    session_of(supporter, age=10, idle=3)
    session_of(member, age=200, idle=100)
    session_of(member, age=1)
    session_of(outsider, age=300, mark="of another password")
    session_of(outsider, age=400)  # over already
    for key, hours, number, names in (
        ("session_hours", 100, "1 member ", ("Member",)),
        ("session_hours", 250, "Nobody ", ()),
        ("session_hours", 2000, "Nobody ", ()),
        ("session_idle_hours", 50, "1 member ", ("Member",)),
        ("staff_session_hours", 5, "1 member of staff ", ("Supporter",)),
        ("staff_session_idle_hours", 2, "1 member of staff ", ("Supporter",)),
    ):
        reach = foresee(key, hours)
        assert (reach.sentence, reach.names) == (
            f"{number}would be signed out{'.' if number == 'Nobody ' else ' at once.'}",
            names,
        ), (key, hours)


def test_nobody_signs_themselves_out(owner, supporter):
    session_of(owner, age=6)
    assert "You would be signed out yourself" in refused("staff_session_hours", "5", owner)
    session_of(owner)
    assert values.change("staff_session_hours", "5", by=owner) == 5, "one session is left"
    assert values.change("staff_session_idle_hours", "1", by=None) == 1, "the command line may"


def test_confirmed_addresses(owner, member):
    assert foresee("require_email_verification", True).sentence.startswith("Everybody has confirmed")
    nameless = make_user("nameless@example.org")
    nameless.emailaddress_set.update(verified=False)
    values.change("require_email_verification", "off", by=None)
    reach = foresee("require_email_verification", True)
    assert reach.sentence == "1 person could not sign in before confirming an address."
    assert "@" not in "".join(reach.names), "not everybody who may tune may see addresses"
    assert "unconfirmed" in foresee("require_email_verification", False).sentence
    owner.emailaddress_set.update(verified=False)
    assert "your own address" in refused("require_email_verification", "on", owner)
    assert values.change("require_email_verification", "on", by=None)


def test_confirmed_is_the_address_in_use(member, owner):
    """Not one that they had before: a sign-in asks for this one."""
    member.emailaddress_set.update(email="former@example.org", primary=False)
    member.emailaddress_set.create(email=member.email, verified=False, primary=True)
    assert not member.is_confirmed and list(User.objects.unconfirmed()) == [member]
    assert foresee("require_email_verification", True).sentence.startswith("1 person could not sign in")


def test_registration_and_lockouts(member):
    assert foresee("registration_mode", "closed").sentence.startswith("Nobody could register. 1 person registered")
    for who in (member, member, "user:unknown"):
        record(None, "user.locked_out", who)
    assert "2 accounts that are paused now" in foresee("login_failures_before_lockout", 10).sentence
