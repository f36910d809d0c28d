"""What the panels of this room read."""

from django.db.models import Q, QuerySet

from accounts.permissions import Perm
from accounts.queries import named
from invites.codes import plain
from invites.models import Invite, Redemption


def codes(*, q: str = "", state: str = "", by_email: bool = False) -> QuerySet[Invite]:
    """Codes; `q` is a code, or the beginning of a label or of the address that it is meant for."""
    rows = Invite.objects.select_related("created_by")
    if state:
        rows = rows.in_state(state)
    if q:
        lock = Q(email__startswith=q.lower()) if by_email else Q()
        rows = rows.filter(Q(code=plain(q)) | Q(label__istartswith=q) | Q(domain=q.lower()) | lock)
    return rows


def redemptions(*, invite: Invite, q: str = "", by_email: bool = False) -> QuerySet[Redemption]:
    """Who came in by one code; `q` begins a name or an e-mail."""
    rows = Redemption.objects.filter(invite=invite).select_related("user")
    return rows.filter(user__in=named(q, by_email=by_email)) if q else rows


def names(ids: set[int], viewer) -> dict[int, str]:
    """Id -> what the log calls the code, for whoever may see codes."""
    if not viewer.can(Perm.INVITES_READ):
        return {}
    return {one.pk: f"invite {one}" for one in Invite.objects.filter(pk__in=ids)}
