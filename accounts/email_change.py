"""Changing the address one signs in with: both the old and the new one agree, each by a link in a mail.

A change holds no longer than a session: a new password, a closed account, "sign out everywhere" end it, too.
"""

from datetime import timedelta
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import closed, mail, one_time, registration
from accounts.models import EmailChange, FormerAddress, User
from audit.models import record

VALID_FOR = timedelta(days=1)
OLD, NEW = "old", "new"


class Outcome(StrEnum):
    """What came of opening a link."""

    WAITING = "waiting"
    DONE = "done"
    TAKEN = "taken"
    OVER = "over"


def start(user: User, email: str, *, old_agrees: bool = False) -> EmailChange | None:
    """Ask both ends, instead of an earlier change. A taken address is told so by mail, and nobody else is told.

    None: the sessions of `user` have been ended, or the account closed or moved to another address, since it was read;
    nothing is begun.

    `old_agrees`: the old address was never confirmed, so whoever reads there is not asked, and not told the new one,
    but may stop it.
    """
    (old_link, old_digest), (new_link, new_digest) = (one_time.make("email_change") for _ in (OLD, NEW))
    now = timezone.now()
    with transaction.atomic():
        account = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not account.is_active or (account.session_epoch, account.email) != (user.session_epoch, user.email):
            return None
        change, _ = EmailChange.objects.update_or_create(
            user=user,
            defaults={
                "email": email,
                "old_digest": old_digest,
                "new_digest": new_digest,
                "old_confirmed_at": now if old_agrees else None,
                "new_confirmed_at": None,
                "expires_at": now + VALID_FOR,
            },
        )
        record(user, "user.email_change_asked", user, before={"email": user.email}, after={"email": email})
        _ask(user.email, f"account/email/email_change_{'notice' if old_agrees else 'old'}", old_link, change)
        if not User.objects.filter(email=email).exists():
            _ask(email, "account/email/email_change_new", new_link, change)
        elif not closed.told(email):
            mail.send(email, "account/email/account_already_exists", {})
    return change


def find(token: str) -> tuple[EmailChange, str] | tuple[None, None]:
    """The change that `token` is about, and which end has it."""
    digest = one_time.digest(token)
    change = _open().filter(Q(old_digest=digest) | Q(new_digest=digest)).select_related("user").first()
    return (change, OLD if change.old_digest == digest else NEW) if change else (None, None)


def confirm(token: str) -> Outcome:
    """One end agrees; the second one that does changes the address."""
    try:
        with transaction.atomic():
            change, end = find(token)
            locked = change and _locked(change)
            if not locked:
                return Outcome.OVER
            setattr(locked, f"{end}_confirmed_at", timezone.now())
            locked.save(update_fields=[f"{end}_confirmed_at"])
            record(change.user, "user.email_change_confirmed", change.user, after={"by": f"the {end} address"})
            return _apply(locked) if locked.old_confirmed_at and locked.new_confirmed_at else Outcome.WAITING
    except IntegrityError as error:
        if "accounts_user_email_unique" not in str(error):
            raise
        return Outcome.TAKEN


def stop(change: EmailChange) -> None:
    """Whoever holds the account or its old address lets it be."""
    with transaction.atomic():
        if EmailChange.objects.filter(pk=change.pk).delete()[0]:
            record(change.user, "user.email_change_stopped", change.user)


def pending(user: User) -> EmailChange | None:
    """The change that still waits for an end, if any."""
    return _open().filter(user=user).first()


def forget_old() -> None:
    """Drop changes that came to nothing: they hold an address that is nobody's here."""
    EmailChange.objects.exclude(one_time.in_time()).delete()


def _locked(change: EmailChange) -> EmailChange | None:
    """The same change, if it is still open. The account first: whatever closes one takes its row before this."""
    User.objects.select_for_update(no_key=True).get(pk=change.user_id)
    return _open().select_for_update(no_key=True, of=("self",)).filter(pk=change.pk, email=change.email).first()


def _apply(change: EmailChange) -> Outcome:
    user = User.objects.get(pk=change.user_id)
    before, user.email = user.email, change.email
    user.save(update_fields=["email"])
    user.emailaddress_set.all().delete()
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    change.delete()
    FormerAddress.objects.get_or_create(user=user, email=before)
    record(user, "user.email_changed", user, before={"email": before}, after={"email": user.email})
    registration.welcome(user)
    for address in (before, user.email):
        mail.send(address, "account/email/email_was_changed", {"before": before, "after": user.email})
    return Outcome.DONE


def _ask(to: str, template: str, link: str, change: EmailChange) -> None:
    mail.send(to, template, {"link": link, "old": change.user.email, "new": change.email})


def _open():
    return EmailChange.objects.filter(one_time.in_time(), user__is_active=True)
