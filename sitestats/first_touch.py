"""The first touch: how a browser came here first, in one signed cookie of our own, until the sign-up freezes it.

It is set by a member's code (`?ref`), a campaign's parameters, a referrer outside, or a first cut; by nothing else, and
for nobody who asks not to be told of.
What comes later changes it no more: a return from Stripe least of all. Only a member's code that was missing is added.
"""

import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.urls import resolve, reverse
from django.utils import timezone

from sitestats import channels, headers, kept
from sitestats.channels import Channel
from sitestats.models import Acquisition
from sitestats.shapes import nameless, shape, word
from tunables import values

COOKIE = "__Host-first_touch" if settings.SESSION_COOKIE_SECURE else f"first_touch_{settings.PORT}"
CODE = re.compile(r"^[2-9A-HJ-NP-Z]{12}$")  # as ui.tokens.readable_code makes them; else `ref` is a name some site adds
_SALT = "sitestats.first_touch"
NAMING, SIGN_UP = ("studio:shared_cut", "invites:join"), "account_signup"  # pages that name a cut, an invite
_LONGEST = 600  # of what came with a request, as the recorder bounds it, too
# Filled by the rooms above. share_code, invite -> a function of codes: those that somebody made; and of share codes:
# those that are a member's, each with that member
_MADE: dict[str, Callable[[set[str]], set[str]]] = {}
_SHARERS: list[Callable[[set[str]], dict[str, int]]] = []
BY_CODE = (Channel.SHARE, Channel.REFERRAL)  # channels whose source may be a member's code
_CLICKS = {*channels.CLICK_IDS, *channels.MARKS}
_CLOSED = ("/admin/", "/static/")
_OTHER = ("other_channel", "other_source")


class Touch(NamedTuple):
    """What the cookie holds. `seen` is in seconds since 1970.

    Codes stand in it as they were typed, somebody's or nobody's: their browser must not tell which. `freeze` judges
    them; where one is nobody's, the channel and the source are the `other` ones.
    """

    seen: int
    channel: str = Channel.DIRECT
    source: str = ""
    medium: str = ""
    campaign: str = ""
    referrer: str = ""
    landing_path: str = ""
    share_code: str = ""
    invite: str = ""
    share_target: str = ""
    other_channel: str = Channel.DIRECT
    other_source: str = ""

    @property
    def facts(self) -> dict[str, str]:
        """How somebody came, as the columns of `Acquisition` keep it: all but when."""
        return {name: value for name, value in self._asdict().items() if name not in ("seen", *_OTHER)}


def of(request) -> Touch | None:
    """The first touch of this browser, if there was one lately and nobody has tampered with it."""
    try:
        touch = Touch(*signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT))
    except (signing.BadSignature, TypeError):
        return None
    return touch if _seconds_left(touch) > 0 else None


def begin(request) -> None:
    """Somebody without an account made something here: that is a first touch, wherever it came from."""
    request.first_touch_begins = True


def freeze(request, user, *, invite="") -> Acquisition:
    """Keep how `user` came, for good. Called by registration, in its transaction."""
    touch = _judged(of(request) or _arrival(request) or Touch(_now()))
    touch = touch._replace(**kept.way(touch), **kept.landing(touch))  # a cookie of before holds more
    if invite and touch.channel == Channel.DIRECT:
        touch = touch._replace(channel=Channel.INVITE, source=invite)
    facts = touch.facts | {"invite": invite}
    first_seen_at = datetime.fromtimestamp(touch.seen, UTC)
    return Acquisition.objects.create(user=user, first_seen_at=first_seen_at, signed_up_at=timezone.now(), **facts)


def forget(request) -> None:
    """The sign-up has it: the next person at this browser begins anew."""
    request.first_touch_is_over = True


def answers(what: str):
    """Decorator: the function knows which codes there are."""

    def register(function):
        _MADE[what] = function
        return function

    return register


def tells_sharers(function):
    """Decorator: the function knows whose share codes are."""
    _SHARERS.append(function)
    return function


def there(what: str, codes: set[str]) -> set[str]:
    """Those of the codes that somebody made: whoever invents some is told of without them."""
    asked = codes - {""}
    return _MADE[what](asked) if asked else set()


def sharers(ways: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Of (channel, source) those that are by a member's share code, each with that member."""
    asked = {(channel, source) for channel, source in ways if channel in BY_CODE and CODE.match(source)}
    members = _SHARERS[0]({code for _, code in asked}) if asked else {}
    return {(channel, code): members[code] for channel, code in asked if code in members}


class FirstTouch:
    """Middleware: keep the cookie. A code that is new to the browser is left as `request.code_came`."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if hasattr(request, "first_touch_is_over"):
            response.delete_cookie(COOKIE, samesite="Lax")
        elif touch := _changed(request, response):
            _set(response, touch)
        return response


def _changed(request, response) -> Touch | None:
    """The touch to keep, if it is another than the browser's."""
    came = _arrival(request) if _is_a_visit(request, response) else None
    begins = hasattr(request, "first_touch_begins")
    if not (came or begins) or headers.asked_not_to_be(request.META) or request.user.is_authenticated:
        return None
    touch = of(request)
    if touch and came and came.share_code and not touch.share_code:
        request.code_came = came.share_code
        return touch._replace(share_code=came.share_code, share_target=touch.share_target or came.share_target)
    if touch:
        return None
    if came and came.share_code:
        request.code_came = came.share_code
    return came or Touch(_now(), landing_path=_page(request))


def _is_a_visit(request, response) -> bool:
    """Somebody looks at a page of ours, or is led to one; no fragment, no file, no browser loading ahead."""
    return (
        request.method == "GET"
        and response.status_code < 400
        and not (headers.is_ahead(request.META) or headers.is_embedded(request.META))
        and not (request.headers.get("HX-Request") or request.path.startswith(_CLOSED))
        and response.headers.get("Content-Type", "").startswith("text/html")
    )


def _arrival(request) -> Touch | None:
    """What this request says of where it came from; None when it says nothing, or asks not to be told of."""
    if headers.asked_not_to_be(request.META):
        return None
    asked = request.headers.get("Referer", ""), request.GET, request.path
    touch = arrival(*asked)
    if touch and (touch.share_code or touch.invite):
        other = arrival(*asked, named=False) or Touch(0)
        touch = touch._replace(other_channel=other.channel, other_source=other.source)
    return touch and touch._replace(landing_path=_page(request))


def _judged(touch: Touch) -> Touch:
    """Without the codes that nobody made, and what was told by them."""
    for what in _MADE:
        code = getattr(touch, what)
        if code and not there(what, {code}):
            touch = touch._replace(**{what: ""})
            if touch.source == code:
                touch = touch._replace(channel=touch.other_channel, source=touch.other_source)
    return touch


def _page(request) -> str:
    """Which page it is, as views tell it: without keys and ids."""
    match = request.resolver_match
    return shape(match.route if match else None, request.path)[0]


def arrival(referrer: str, query: Mapping[str, str], path: str, *, leads=False, named=True) -> Touch | None:
    """How somebody came to a path; None when neither address nor referrer says so, nor the page, where it `leads`.

    `named`: the codes that the address holds are somebody's; else they say nothing.
    """
    referrer = referrer[:_LONGEST].replace(channels.BETWEEN, "%7C")
    code = _code(query["ref"]) if query.get("ref") else ""
    utm = {key: query[key] for key in query if key.startswith("utm_") or key in _CLICKS}
    if query.get("ref") and not code:
        utm.setdefault("utm_source", query["ref"])
        utm.setdefault("utm_medium", "referral")
    code = code if named else ""
    outside = channels.outside_host(referrer)
    if not (code or utm or outside or leads):
        return None
    invite, target = _led_to(path, query, "" if outside else referrer)
    invite = invite if named else ""
    found = channels.classify(referrer=referrer, query=utm, share_code=code, share_target=target, invite=invite)
    return Touch(
        _now(),
        *found,
        medium=word(utm.get("utm_medium", "")),
        campaign=word(utm.get("utm_campaign", "")),
        referrer=_page_outside(referrer, outside) if outside else "",
        share_code=code,
        invite=invite,
        share_target=target,
    )


@lru_cache(maxsize=4096)
def _page_outside(referrer: str, host: str) -> str:
    """The page of another site from which a link led here, without what stands for somebody."""
    return host + nameless(urlsplit(referrer).path.rstrip("/"), 200 - len(host))


def _code(typed: str) -> str:
    """A member's code, however it was typed; empty when it is none."""
    code = re.sub(r"[\s-]", "", typed[:_LONGEST]).upper()
    return code if CODE.match(code) else ""


def leads(route: str | None, query: str) -> bool:
    """Whether a page is a way in by itself: a cut's share page, an invite, the sign-up to which an invite leads."""
    cut, invite, sign_up = _ways_in()
    return route in (cut, invite) or (route == sign_up and "code=" in query)


@cache
def _ways_in() -> tuple[str, ...]:
    addresses = (*(reverse(name, args=["0"]) for name in NAMING), reverse(SIGN_UP))
    return tuple(resolve(address).route for address in addresses)


@cache
def _naming() -> tuple[re.Pattern, ...]:
    """As the two pages' addresses are resolved, without trying some two hundred others first."""
    return tuple(re.compile(re.escape(reverse(name, args=["0"])).replace("0", "([^/]+)")) for name in NAMING)


def _led_to(path: str, query: Mapping[str, str], referrer: str) -> tuple[str, str]:
    """The invite and the cut that the address names, or that the page of ours names from where a link led here."""
    if query.get("code") and path == reverse(SIGN_UP):
        return _invite(query["code"]), ""
    of_cut, of_invite = _naming()
    for page in filter(None, (path, _path_of(referrer))):
        if found := of_cut.fullmatch(page):
            return "", found[1][:16]
        if found := of_invite.fullmatch(page):
            return _invite(found[1]), ""
    return "", ""


def _path_of(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:
        return ""


def _invite(code: str) -> str:
    """As the code is kept, however it was typed."""
    return word(re.sub(r"[\s–-]", "", code[:_LONGEST]).upper(), 40)


def _set(response, touch: Touch) -> None:
    response.set_cookie(
        COOKIE,
        signing.dumps(touch, salt=_SALT, compress=True),
        max_age=_seconds_left(touch),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _seconds_left(touch: Touch) -> int:
    return touch.seen + values.get("first_touch_days") * 86_400 - _now()


def _now() -> int:
    return int(time.time())
