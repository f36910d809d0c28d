"""What the page of one person reads, beside what lists.py has."""

from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.db.models import Prefetch, QuerySet

from accounts import plans, sessions
from accounts.models import Note, PastNote, User
from audit.entries import RESULTS, hidden_from
from audit.models import AuditEvent, label
from catalog.assets import used_storage
from catalog.models import Asset
from studio.models import Cut


@dataclass(frozen=True)
class Works:
    """Counts, bytes, and the newest few."""

    cuts: int
    poems: int
    assets: int
    storage: int
    latest_cuts: list[Cut]
    latest_assets: list[Asset]


def user_profile(person: User) -> dict:
    """What stands beside the account itself: the plan, and staff's decision about it."""
    return {"plan": plans.plan_of(person), "override": plans.override_of(person)}


def user_notes(person: User) -> QuerySet[Note]:
    """What staff wrote down, each note with its past."""
    past = PastNote.objects.select_related("by", "replaced_by").order_by("-id")
    return person.notes.select_related("author").prefetch_related(Prefetch("past", past))


def user_devices(person: User) -> list[UserSession]:
    """Sessions that still hold, last seen first."""
    return sessions.of(person)


def user_sign_ins(person: User, *, viewer: User) -> QuerySet[AuditEvent]:
    """Sign-ins to the account and tries, as a viewer may know of them."""
    return AuditEvent.objects.filter(target=label(person), verb__in=set(RESULTS).difference(hidden_from(viewer)))


def user_works(person: User) -> Works:
    """What a member made and keeps."""
    cuts = Cut.objects.filter(owner=person, deleted_at=None)
    assets = Asset.objects.filter(owner=person, retired_at=None)
    return Works(
        cuts=cuts.count(),
        poems=person.poems.filter(retired_at=None).count(),
        assets=assets.count(),
        storage=used_storage(person),
        latest_cuts=list(cuts.order_by("-id")[:5]),
        latest_assets=list(assets.order_by("-id")[:5]),
    )
