"""A sign-up from gate to gift: may this person register, create the account, give the welcome credit.

The one module of this room that may look up, into the rooms that take part in a sign-up.
"""

import copy

from allauth.account.internal import flows
from allauth.core import ratelimit
from allauth.core.internal import ratelimit as undoable
from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string

from accounts.models import User
from audit.models import record
from ctas import placements
from invites import codes
from ledger import posting
from referrals import attribution
from sitestats import deeds, first_touch
from studio import cuts
from tunables import values

NOWHERE = "nowhere.invalid"  # RFC 2606: nobody has an address there


class Refused(Exception):
    """This sign-up may not go on; the message is for the person who tries."""


class WrongCode(Exception):
    """The invite code lets nobody in; the message is for the person who tries."""


class EmailTaken(Exception):
    """Somebody else registered this address a moment ago."""


def sign_up(request, form) -> User:
    """Create the account of a valid sign-up form, and give the welcome credit if nothing has to be confirmed first."""
    count(request)
    try:
        with transaction.atomic():
            user = _create(request, form, form.cleaned_data["invite_code"])
    except codes.Wrong as wrong:  # somebody else took the last place meanwhile
        raise WrongCode(str(wrong)) from wrong
    except IntegrityError as error:
        if "accounts_user_email_unique" in str(error):
            raise EmailTaken from error
        raise
    _forget_the_way_here(request)
    deeds.note(request, "sign_up", user.pk)
    return user


def _create(request, form, code: str) -> User:
    user = form.create_user(request)
    record(user, "user.registered", user)
    invite = codes.take(code, user.email) if code else None  # after the password's hash: it locks the code
    if invite:
        codes.redeem(invite, user)
    awaits = values.get("require_email_verification") or bool(invite and invite.lock)
    if not awaits:
        welcome(user)
    placements.signed_up(request)
    touch = first_touch.freeze(request, user, invite=invite.code if invite else "")
    attribution.attribute(request, user, touch.share_code, awaits=awaits)
    return user


def _forget_the_way_here(request) -> None:
    placements.forget(request)
    first_touch.forget(request)


def check_code(request, code: str, email: str) -> None:
    """Refuse a code that does not work, whatever is wrong with it, and count the try; before anything else is said."""
    tried = undoable.consume(request, app="allauth.account", action="invite_code")
    if not tried:
        raise Refused("Too many codes were tried from here. Wait an hour.")
    try:
        codes.check(code, email)
    except codes.Wrong as wrong:
        raise WrongCode(str(wrong)) from wrong
    tried.rollback()


def count(request) -> None:
    """Count a sign-up against the limit of the network address, whether or not the e-mail is known here."""
    if not ratelimit.consume(request, action="registered"):
        raise Refused("Too many accounts were created from here today. Try again tomorrow.")


def signed_in(request, user: User) -> None:
    """What this browser made without an account belongs to whoever signs in on it, after a sign-up too."""
    cuts.adopt(request, user)
    attribution.remember(request, user)


def welcome(user: User) -> None:
    """Give the welcome credit once in the life of an account that registered; now whoever brought it did so, too.

    A code that is meant for one address proves nothing before the address is confirmed: until then, all of it waits.
    """
    if not User.objects.filter(pk=user.pk, awaits_welcome=True).update(awaits_welcome=False):
        return
    attribution.confirmed(user)
    gifts = (
        ("signup", "Welcome credit", values.get("signup_grant_usd")),
        ("invite", "Invite code", codes.grant_of(user)),
    )
    for kind, note, amount in gifts:
        if amount > 0:
            posting.grant(user, amount, actor=None, note=note, external_id=f"{kind}:{user.pk}")


def answer_as_if_new(request, form):
    """The same page, cookies and time as a real sign-up, so that nobody learns who has an account.

    The work is the same: an account with an address that nobody has, taken back before it is there. A place of the
    code goes as well: one that was still there would tell that nobody signed up. Raises WrongCode.
    """
    email, code = form.cleaned_data["email"], form.cleaned_data["invite_code"]
    decoy = copy.copy(form)
    decoy.cleaned_data = {**form.cleaned_data, "email": f"{get_random_string(12).lower()}@{NOWHERE}"}
    decoy.account_already_exists = False
    with transaction.atomic():
        _create(request, decoy, "")
        transaction.set_rollback(True)
    if code:
        try:
            with transaction.atomic():
                invite = codes.take(code, email)
                record(None, "invite.place_lost", invite, note="To a sign-up with an address that has an account")
        except codes.Wrong as wrong:
            raise WrongCode(str(wrong)) from wrong
    _forget_the_way_here(request)
    return flows.signup.prevent_enumeration(request, email=email)
