"""Make invite codes, and let people in by them: each place goes to exactly one sign-up."""

import re
import uuid
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import User
from audit.models import record
from billing.models import CreditAdjustment
from invites.models import Invite, Redemption
from sitestats import first_touch
from tunables import values
from ui.format import money
from ui.tokens import readable_code

LENGTH = 12  # 60 bits
FEWEST_LETTERS = 4  # of a code that is searched for: fewer are the beginning of too many


class Wrong(Exception):
    """The code lets this person in no more, or never did. All reasons have one sentence, so that nobody learns more."""

    def __init__(self):
        super().__init__("This invite code does not work. Look at it again, or ask whoever gave it to you.")


class TooMuch(Exception):
    """The codes could give more beyond the usual than one person may; the message is for whoever makes them."""


def plain(text: str) -> str:
    """A code as it is kept, however it was typed: capitals, without spaces and dashes."""
    return re.sub(r"[\s–-]", "", text).upper()[:20]


def create(
    *, by, number=1, label="", limit=1, expires_at=None, grant=None, email="", domain="", batch=None
) -> list[Invite]:
    """`number` codes that differ in nothing else. `grant` None: what `invite_grant_usd` says at the sign-up.

    The same `batch` (a UUID of the form) makes its codes once, also when it is sent twice at the same time.
    Raises TooMuch with nothing made.
    """
    batch = batch or uuid.uuid4()
    facts = {"label": label, "limit": limit, "expires_at": expires_at, "grant": grant}
    locks = {"email": email.lower(), "domain": domain.lower().removeprefix("@")}
    kept = facts | {"label": ""} if email else facts  # a label for one person may name them: forgotten by the purge
    try:
        with transaction.atomic():
            made = Invite.objects.bulk_create(
                Invite(code=readable_code(LENGTH), created_by=by, batch=batch, number=at, **facts, **locks)
                for at in range(1, number + 1)
            )
            for invite in made:
                record(
                    by, "invite.created", invite, after={name: value for name, value in (kept | locks).items() if value}
                )
            _judge_gift(made, by)
    except IntegrityError as error:
        if "invites_made_once" not in str(error):
            raise
        made = list(Invite.objects.filter(batch=batch).order_by("number"))
    return made


def _judge_gift(made: list[Invite], by) -> None:
    """What codes may give beyond the usual is credit like any other: above a limit, in 24 hours, not one person's."""
    gift = Invite.objects.filter(batch=made[0].batch).gift()
    if not gift or by is None:
        return
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # one person's gifts count one after the other
    given = CreditAdjustment.objects.moved_alone(by)
    alone = values.get("credit_adjust_second_person_usd")
    if given > alone:
        before = f", and {money(given - gift)} went before in these 24 hours" if given > gift else ""
        told = f"These codes could give {money(gift)} more than usual{before}; one person gives {money(alone)} at most."
        raise TooMuch(f"{told} The setting credit_adjust_second_person_usd says so.")


@first_touch.answers("invite")
def made(codes: set[str]) -> set[str]:
    """Those of the codes that there are, whether they still let somebody in or not."""
    return set(Invite.objects.filter(code__in=codes).values_list("code", flat=True))


def check(code: str, email: str) -> None:
    """Raise Wrong unless the code would let this address in now. Takes no place."""
    if not Invite.objects.good(email).filter(code=plain(code)).exists():
        raise Wrong


def take(code: str, email: str) -> Invite:
    """Take one place, in the transaction of the sign-up: what fails there gives it back. Raises Wrong."""
    found = Invite.objects.good(email).filter(code=plain(code))
    if not found.update(used=F("used") + 1):
        raise Wrong
    return Invite.objects.get(code=plain(code))


def redeem(invite: Invite, user) -> Redemption:
    """Note who has the place that was taken, and what was promised with it."""
    record(user, "invite.redeemed", invite)
    grant = values.get("invite_grant_usd") if invite.grant is None else invite.grant
    return Redemption.objects.create(invite=invite, user=user, grant=grant)


def grant_of(user) -> Decimal:
    """What the code promised to who came in by one, with an address that it is meant for; 0 to the others."""
    came = Redemption.objects.filter(user=user).select_related("invite").first()
    return came.grant if came and came.invite.is_meant_for(user.email) else Decimal(0)


def forget(addresses: list[str], pseudonym: str) -> None:
    """A code that was meant for somebody who is purged knows the address no more, nor what it was called for them."""
    Invite.objects.filter(email__in=addresses).update(email=pseudonym, label="")


def disable(invite: Invite, *, by) -> bool:
    """Let nobody else in by it. False when it was disabled already."""
    return _turn(invite, by, "invite.disabled", {"disabled_at": None}, timezone.now())


def enable(invite: Invite, *, by, of: str = "") -> bool:
    """Let people in by it again. False when it was not disabled, or not the last time at the moment `of`."""
    try:
        when = {"disabled_at": parse_datetime(of)} if of else {}
    except ValueError:  # the 45th of a month
        return False
    return _turn(invite, by, "invite.enabled", {"disabled_at__isnull": False} | when, None)


def _turn(invite, by, verb, only_if, disabled_at) -> bool:
    with transaction.atomic():
        changed = Invite.objects.filter(pk=invite.pk, **only_if).update(disabled_at=disabled_at)
        if changed:
            record(by, verb, invite)
    return bool(changed)
