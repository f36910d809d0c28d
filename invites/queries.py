"""What the panels of this room read."""

from decimal import Decimal

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat

from accounts.permissions import Perm
from accounts.queries import named
from invites.codes import FEWEST_LETTERS, plain
from invites.models import Invite, Redemption
from ledger.models import Transaction


def codes(*, q: str = "", state: str = "", by_email: bool = False) -> QuerySet[Invite]:
    """Codes; `q` begins a code, a label or the address that it is meant for, or is the domain of such addresses."""
    rows = Invite.objects.select_related("created_by")
    if state:
        rows = rows.in_state(state)
    if q:
        code, lock = plain(q), Q(email__startswith=q.lower()) if by_email else Q()
        begins = Q(code__startswith=code) if len(code) >= FEWEST_LETTERS else Q()
        rows = rows.filter(begins | Q(label__istartswith=q) | Q(domain=q.lower()) | lock)
    return rows


def redemptions(*, invite: Invite, q: str = "", by_email: bool = False) -> QuerySet[Redemption]:
    """Who came in by one code, each with what was `given` for it by now; `q` begins a name or an e-mail."""
    booked = Transaction.objects.filter(external_id=Concat(Value("invite:"), Cast(OuterRef("user_id"), CharField())))
    given = Case(When(Exists(booked), then="grant"), default=Value(Decimal("0.00")))
    rows = Redemption.objects.filter(invite=invite).select_related("user", "invite").annotate(given=given)
    return rows.filter(user__in=named(q, by_email=by_email)) if q else rows


def names(ids: set[int], viewer) -> dict[int, str]:
    """Id -> what the log calls the code, for whoever may see codes."""
    if not viewer.can(Perm.INVITES_READ):
        return {}
    return {one.pk: f"invite {one}" for one in Invite.objects.filter(pk__in=ids)}
