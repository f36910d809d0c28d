"""The seven places where a call to action shows, and what it says and leads to there."""

from dataclasses import dataclass
from urllib.parse import urlencode

from allauth.core.internal import ratelimit
from django.urls import reverse

from accounts import gate
from accounts.impersonation import by_staff
from ctas import counting
from ctas.models import Slot
from tunables import values
from ui.format import money

CREDIT = "{credit}"
SESSION_KEY = "cta"


@dataclass(frozen=True)
class Placement:
    key: str
    slot: str
    title: str
    where: str


_ALL = (
    Placement("login_divider", Slot.Key.SIGNUP_LINE, "Login signup divider", "/account/login/"),
    Placement(
        "avatar_menu",
        Slot.Key.SIGNUP_LINE,
        "Anonymous avatar menu (desktop creator)",
        "/make, header menu on a desktop",
    ),
    Placement("my_cuts_sheet", Slot.Key.PRIMARY, "Anon “My Cuts” sheet", "/make, and the page My cuts"),
    Placement("desktop_wall", Slot.Key.PRIMARY, "Desktop wall", "/wall, and beside /make"),
    Placement(
        "conversion_screen",
        Slot.Key.CONVERSION,
        "Post-render conversion screen",
        "/make, after the result and at the limit of a day",
    ),
    Placement("share_banner", Slot.Key.CONVERSION, "Shared-cut page banner", "/c/…"),
    Placement("home_hero", Slot.Key.PRIMARY, "Homepage hero", "/"),
)
PLACEMENTS = {placement.key: placement for placement in _ALL}


@dataclass(frozen=True)
class Cta:
    """What one placement shows: the words, and an address that counts the click and then leads to the sign-up.

    The browser posts to `seen` when it has come into view.
    """

    placement: Placement
    text: str
    url: str = ""

    @property
    def seen(self) -> str:
        return reverse("ctas:count_seen", args=[self.placement.key])


def spoken(text: str) -> str:
    """The text as people read it: `{credit}` is what a new account starts with now."""
    return text.replace(CREDIT, money(values.get("signup_grant_usd")))


def show(key: str, request, then: str = "", ref: str = "") -> Cta | None:
    """What `key` shows to this viewer; nothing when it is switched off, or when there is nobody to win.

    `then` is where the person wants to be after the sign-up.
    """
    placement = PLACEMENTS[key]
    slot = _slots(request).get(placement.slot)
    if not slot or not slot.enabled or request.user.is_authenticated or not gate.is_open() or gate.needs_invite():
        return None
    return Cta(placement, spoken(slot.text), address(key, then or request.GET.get("next", ""), ref))


def address(key: str, then: str = "", ref: str = "") -> str:
    """Where the click on a placement goes; `then` is where the person wants to be after the sign-up."""
    query = {name: value for name, value in (("next", then), ("ref", ref)) if value}
    return reverse("ctas:go", args=[key]) + (f"?{urlencode(query)}" if query else "")


def seen(key: str, request) -> None:
    """Count that it came into view: pages of other sites have nothing to say here, staff are nobody to win, and nobody
    says it without end.
    """
    from_here = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    if from_here and not by_staff(request) and counting.is_credible(ratelimit.get_ip(request), key):
        counting.note(key, "impressions")


def clicked(key: str, request) -> None:
    """Count the click as far as it is credible, and remember it for the sign-up that may follow in this session."""
    if request.method != "GET" or request.user.is_authenticated or _ahead(request):
        return
    if counting.is_credible(ratelimit.get_ip(request), f"{key} clicked"):
        counting.note(key, "clicks")
    request.session[SESSION_KEY] = key


def signed_up(request) -> None:
    """Credit a sign-up to the placement that was clicked last. Called by registration, in its transaction."""
    key = request.session.get(SESSION_KEY)
    if key in PLACEMENTS:
        counting.add({(key, counting.today(), "sign_ups"): 1})


def forget(request) -> None:
    """The click has had its sign-up."""
    request.session.pop(SESSION_KEY, None)


def _slots(request) -> dict[str, Slot]:
    """All three, read once for a page."""
    if not hasattr(request, "_cta_slots"):
        request._cta_slots = {slot.key: slot for slot in Slot.objects.all()}
    return request._cta_slots


def _ahead(request) -> bool:
    """A browser that loads the page in case somebody goes there: nobody has seen it."""
    return "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
