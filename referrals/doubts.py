"""What speaks for a member having brought nobody but themselves. It holds the reward for a person to decide."""

from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils.crypto import salted_hmac

from audit.context import client_network

_DOTLESS = {"gmail.com", "googlemail.com"}  # https://support.google.com/mail/answer/7436150
SAME_CARD = "The same card paid for both."


def mark(request) -> str:
    """Network and browser of a request as a keyed hash, so that two are compared and neither is kept."""
    seen = f"{client_network(request)} {request.headers.get('User-Agent', '')[:300]}"
    return salted_hmac("referrals.mark", seen, algorithm="sha256").hexdigest()


def found(code, user, mark: str) -> str:
    """Why this sign-up by `code` is doubted, in words; empty where it is not."""
    reasons, mailbox = [], canonical(user.email)
    own = [code.member.email, *code.member.former_addresses.values_list("email", flat=True)]
    others = code.referrals.exclude(member=user).filter(_alike(mailbox)).values_list("member__email", flat=True)
    if mailbox in map(canonical, own):
        reasons.append("The same mailbox as the member’s who shared the code.")
    elif mailbox in map(canonical, others.iterator()):
        reasons.append("The same mailbox as another sign-up by this code.")
    if mark == code.mark:
        reasons.append("The same network and browser as the member’s who shared the code.")
    elif code.referrals.filter(mark=mark).exists():
        reasons.append("The same network and browser as another sign-up by this code.")
    return " ".join(reasons)


def _alike(mailbox: str) -> Q:
    """Members whose address may be of this mailbox, so that few are looked at, however many a code has brought."""
    domain = mailbox.rpartition("@")[2]
    domains = _DOTLESS if domain in _DOTLESS else {domain}
    ends = reduce(or_, (Q(member__email__endswith=f"@{domain}") for domain in sorted(domains)))
    return Q(member__email__startswith=mailbox[0]) & ends


def canonical(email: str) -> str:
    """The mailbox of an address: without a `+tag`, and without dots where the provider ignores them."""
    name, _, domain = email.lower().rpartition("@")
    name = name.partition("+")[0]
    return f"{name.replace('.', '')}@gmail.com" if domain in _DOTLESS else f"{name}@{domain}"
