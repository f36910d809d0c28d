"""A member's share code, the addresses that carry it, and the visits that it brings."""

from django.conf import settings
from django.db import connection
from django.utils import timezone

from referrals import doubts
from referrals.models import ShareCode
from sitestats import agents, first_touch
from ui import clock
from ui.tokens import readable_code

LENGTH = 12  # 60 bits; sitestats/first_touch.py knows the form
_VISIT = """INSERT INTO referrals_visitday AS d (code_id, day, visits)
    SELECT id, %s, 1 FROM referrals_sharecode WHERE code = %s
    ON CONFLICT (code_id, day) DO UPDATE SET visits = d.visits + 1"""


def of(member, mark: str = "") -> ShareCode:
    """A member's code, made when it is first wanted; `mark` is theirs, if it is they who want it.

    A code that somebody else's visit made has none: it gets theirs as soon as they come by.
    """
    fields = {"code": readable_code(LENGTH), "mark": mark}
    code, _ = ShareCode.objects.get_or_create(member=member, defaults=fields)
    if mark and not code.mark:
        ShareCode.objects.filter(pk=code.pk, mark="").update(mark=mark)
    return code


@first_touch.answers("share_code")
def made(codes: set[str]) -> set[str]:
    """Those of the codes that are a member's."""
    return {*sharers(codes)}


@first_touch.tells_sharers
def sharers(codes: set[str]) -> dict[str, int]:
    """Those of the codes that are a member's, each with that member."""
    return dict(ShareCode.objects.filter(code__in=codes).values_list("code", "member_id"))


def carried(request, owner) -> str:
    """The code on the links of something that `owner` made: of the member who looks at it, else the owner's."""
    if request.user.is_authenticated and not request.user.is_staff:
        own = not getattr(request, "impersonation", None)  # the browser of staff says nothing of the member's
        return of(request.user, doubts.mark(request) if own else "").code
    return of(owner).code if owner and not owner.is_staff else ""


def link(code: str, path: str = "/") -> str:
    """An address of ours that carries a code."""
    return settings.BASE_URL + path + (f"?ref={code}" if code else "")


class Visits:
    """Middleware: count the browsers that a code led here."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        code = getattr(request, "code_came", "")
        if code and agents.classify(request.headers.get("User-Agent", "")).kind == agents.Kind.HUMAN:
            with connection.cursor() as cursor:
                cursor.execute(_VISIT, [timezone.localdate(timezone=clock.zone()), code])
        return response
