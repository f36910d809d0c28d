"""Anonymous visitors: a random id in the browser's session, and how many free renders it and its address get a day."""

import hmac
import uuid

from allauth.core.internal import ratelimit
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from studio.models import Allowance, Cut
from tunables import values
from ui import clock

KEY = "visitor"


class Exhausted(Exception):
    """No free render is left today; the text is a sentence for the visitor."""


def visitor_id(request, create=False) -> uuid.UUID | None:
    """Who this browser is. A new id only with `create`: whoever just looks around gets no session."""
    if KEY not in request.session:
        if not create:
            return None
        request.session[KEY] = str(uuid.uuid4())
    return uuid.UUID(request.session[KEY])


def forget(request) -> None:
    """This browser is nobody we know, from now on."""
    del request.session[KEY]


def address(request) -> str:
    """Where a request comes from, in a form that is good for a day and names no address."""
    return _hash(f"address {ratelimit.get_ip(request)}")


def maker(request) -> dict:
    """The owner of what this request makes, as fields of a cut; a visitor without an id matches no cut."""
    if request.user.is_authenticated:
        return {"owner": request.user}
    return {"visitor": visitor_id(request) or uuid.UUID(int=0)}


def own_cuts(request):
    """The cuts of whoever asks, newest first."""
    return Cut.objects.kept().filter(**maker(request)).order_by("-id")


def left_today(request) -> int:
    """How many free renders this visitor may still begin today."""
    used = Allowance.objects.filter(subject__in=_subjects(request), day=_today()).values_list("used", flat=True)
    return max(0, values.get("anonymous_renders_per_day") - max(used, default=0))


def use_one(request) -> None:
    """Count one render of this visitor and of its address, in the caller's transaction. Raises Exhausted."""
    limit = values.get("anonymous_renders_per_day")
    for subject in _subjects(request):
        if not limit or not _count(subject, limit):
            raise Exhausted(
                f"You have had today’s {limit} free cut{'' if limit == 1 else 's'}: there are no more for one network. "
                "With an account you go on at once, and keep what you made."
                if limit
                else "Free cuts are paused. With an account you can go on at once."
            )


def give_back(cut, request) -> None:
    """A visitor's cut that still waits is about to be stopped: it costs none. In the transaction that stops it."""
    rows = Cut.objects.select_for_update(no_key=True).filter(pk=cut.pk, state=Cut.State.QUEUED, owner=None)
    waiting = rows.first()
    if waiting and timezone.localdate(waiting.queued_at, timezone=clock.zone()) == _today():
        counted = Allowance.objects.filter(subject__in=_subjects(request), day=_today(), used__gt=0)
        counted.update(used=F("used") - 1)


def _today():
    return timezone.localdate(timezone=clock.zone())


def _count(subject: str, limit: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO studio_allowance AS a (subject, day, used) VALUES (%s, %s, 1)
            ON CONFLICT (subject, day) DO UPDATE SET used = a.used + 1 WHERE a.used < %s
            """,
            [subject, _today(), limit],
        )
        return cursor.rowcount == 1


def _subjects(request) -> list[str]:
    """The visitor and the address, hashed with the day, in an order that two requests share."""
    visitor = visitor_id(request)
    return sorted([*([_hash(f"visitor {visitor}")] if visitor else []), address(request)])


def _hash(name: str) -> str:
    key = f"allowance {_today()} {settings.SECRET_KEY}"
    return hmac.new(key.encode(), name.encode(), "sha256").hexdigest()
