"""The first touch of a browser: what begins it, what does not, and that the sign-up freezes it."""

import time

import pytest
from django.core import signing
from django.db import ProgrammingError
from django.test import Client

from accounts.models import User
from accounts.tests.make import make_user
from accounts.tests.test_registration import sign_up
from invites.models import Invite
from referrals.models import ShareCode
from sitestats import dictionaries, erasing, first_touch
from sitestats.first_touch import COOKIE
from sitestats.models import Acquisition, Origin
from studio.tests.make import make_choices, make_cut
from tunables import values

CODE, OTHER = "K7PMX2QRWVTH", "B3CDEFGHJKMN"
GOOGLE = {"Referer": "https://www.google.com/search?q=poems"}


def frozen(client, **extra) -> Acquisition:
    email = f"new{User.objects.count()}@example.org"
    assert sign_up(client, email, **extra).status_code == 302
    return Acquisition.objects.get(user__email=email)


@pytest.fixture
def visitor(db):
    for code in (CODE, OTHER):
        ShareCode.objects.create(member=make_user(f"{code}@example.org"), code=code)
    return Client()


def test_what_begins_it_and_what_does_not(visitor, member):
    for path, headers in [
        ("/", {}),
        ("/", {"Referer": "http://localhost:8000/wall/"}),
        ("/", {"Referer": "https://checkout.stripe.com/c/pay/cs_1"}),
        ("/", GOOGLE | {"Sec-Purpose": "prefetch"}),
        ("/wall/", GOOGLE | {"HX-Request": "true"}),
        ("/no-such-page/", GOOGLE),
        ("/sitemap.xml", GOOGLE),
        ("/", GOOGLE | {"DNT": "1"}),
        (f"/?ref={CODE}", {"Sec-GPC": "1"}),
        (f"/?ref={CODE}", {"Sec-Fetch-Dest": "image"}),
    ]:
        visitor.get(path, headers=headers)
        assert COOKIE not in visitor.cookies, (path, headers)
    signed_in = Client()
    signed_in.force_login(member)
    signed_in.get("/", headers=GOOGLE)
    assert COOKIE not in signed_in.cookies

    visitor.get("/wall/", headers=GOOGLE)
    cookie = visitor.cookies[COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["max-age"] == 90 * 86400


def test_the_sign_up_freezes_the_first_touch(visitor):
    visitor.get("/wall/?utm_content=x", headers=GOOGLE)
    visitor.get("/?utm_source=news&utm_medium=podcast", headers={"Referer": "https://t.co/x"})
    visitor.get("/account/signup/", headers={"Referer": "https://checkout.stripe.com/c/pay/cs_1"})
    kept = frozen(visitor)
    assert (kept.channel, kept.source, kept.landing_path) == ("search", "Google", "/wall/")
    assert kept.referrer == "google.com/search", "what was searched for is nobody's business"
    assert visitor.cookies[COOKIE].value == "", "the next person at this browser begins anew"
    visitor.get("/", headers={"Referer": "https://t.co/x"})
    assert Acquisition.objects.get() == kept


def test_what_an_older_cookie_holds_of_somebody_is_not_frozen(visitor):
    told = {"source": "203.0.113.9", "referrer": "203.0.113.9/x", "medium": "jane@example.org mail"}
    told |= {"campaign": "4111 1111 1111 1111 sale", "landing_path": "/JOIN/ABCDEF/"}
    touch = first_touch.Touch(int(time.time()), "referral", **told)
    visitor.cookies[COOKIE] = signing.dumps(touch, salt=first_touch._SALT, compress=True)
    how = frozen(visitor)
    assert (how.channel, how.source, how.referrer) == ("referral", "", "")
    assert (how.medium, how.campaign, how.landing_path) == ("mail", "sale", "/JOIN/…/")


def test_a_code_that_comes_later_is_added_and_changes_nothing_else(visitor):
    cut = make_cut(shared=True)
    visitor.get("/", headers=GOOGLE)
    visitor.get(f"{cut.share_path}?ref={CODE.lower()}")
    visitor.get(f"/?ref={OTHER}")
    kept = frozen(visitor)
    assert (kept.channel, kept.source, kept.share_code, kept.share_target) == ("search", "Google", CODE, cut.slug)


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        ("/c/{slug}/?ref=" + CODE, {}, ("share", CODE, CODE, "{slug}")),
        ("/make/?ref=" + CODE, {"Referer": "http://localhost:8000/c/{slug}/"}, ("share", CODE, CODE, "{slug}")),
        ("/c/{slug}/", {"Referer": "https://l.instagram.com/"}, ("share", "Instagram", "", "{slug}")),
        ("/?ref=K7PM-X2QR-WVTH", {}, ("referral", CODE, CODE, "")),
        ("/?ref=ZZZZZZZZZZZZ", {"Referer": "https://blog.example/"}, ("referral", "blog.example", "", "")),
        ("/join/ZZZZZZZZZZZZ/?utm_source=leaflet", {}, ("campaign", "leaflet", "", "")),
        ("/?ref=producthunt", {}, ("campaign", "producthunt", "", "")),
        ("/?utm_source=x&utm_campaign=May", {}, ("campaign", "May", "", "")),
    ],
)
def test_where_it_leads(visitor, path, headers, expected):
    slug = make_cut(shared=True).slug
    visitor.get(path.format(slug=slug), headers={key: text.format(slug=slug) for key, text in headers.items()})
    kept = frozen(visitor)
    assert (kept.channel, kept.source, kept.share_code, kept.share_target) == tuple(
        text.format(slug=slug) for text in expected
    )
    assert slug not in kept.landing_path


@pytest.mark.parametrize("way", ["/?ref={}", "/?ref={}&utm_source=leaflet", "/account/signup/?code={}&utm_source=x"])
def test_the_cookie_tells_nobody_which_codes_there_are(visitor, way):
    """Whoever tries codes may look at their own cookies as often as they like."""
    Invite.objects.create(code=CODE, created_by=User.objects.first())
    touches = []
    for code in (CODE, "ZZZZZZZZZZZZ"):
        tries = Client()
        tries.get(way.format(code))
        held = signing.loads(tries.cookies[COOKIE].value, salt="sitestats.first_touch")
        touches.append([str(each).replace(code, "") for each in held[1:]])
    assert touches[0] == touches[1]


def test_a_first_cut_begins_it_and_nothing_at_all_is_direct(visitor):
    assert (direct := frozen(visitor)).channel == "direct" and direct.landing_path == ""
    maker = Client()
    assert maker.post("/make/cut/", make_choices()).status_code == 302
    maker.get("/", headers=GOOGLE)
    kept = frozen(maker)
    assert (kept.channel, kept.landing_path) == ("direct", "/make/cut/")


def test_a_cookie_that_was_made_up_or_is_too_old_counts_for_nothing(visitor, monkeypatch):
    visitor.get("/", headers=GOOGLE)
    value = visitor.cookies[COOKIE].value
    for bad in (value[:-3] + "abc", "", "x", value.replace(":", "")):
        visitor.cookies[COOKIE] = bad
        assert frozen(visitor).channel == "direct"
        visitor.logout()
    values.change("first_touch_days", "1", by=None)
    for days, channel in ((0.9, "search"), (1.1, "direct")):
        monkeypatch.setattr(first_touch, "_now", lambda days=days: int(time.time() + days * 86400))
        visitor.cookies[COOKIE] = value
        assert frozen(visitor).channel == channel
        visitor.logout()


def test_a_sign_up_that_fails_keeps_it(visitor):
    visitor.get("/", headers=GOOGLE)
    sign_up(visitor, password="short")
    assert not Acquisition.objects.exists()
    assert frozen(visitor).channel == "search"


def test_the_application_cannot_change_it(app_role, client):
    sign_up(client)
    with pytest.raises(ProgrammingError, match="permission denied"):
        Acquisition.objects.update(channel="ads")
    assert Acquisition.objects.get().channel == "direct"
    Acquisition.objects.update(**dict.fromkeys(erasing.FORGOTTEN, "May"))
    before = Acquisition.objects.values().get()
    erasing.forget_way(User.objects.get())
    assert Acquisition.objects.values().get() == before | dict.fromkeys(erasing.FORGOTTEN, "")


def test_letters_that_grow_with_their_case_still_fit(visitor):
    """İ is two characters in lower case, ß in upper case: whoever came by such a link can sign up, and is counted."""
    long = "İ" * 100
    touch = first_touch.arrival("", {"utm_source": long, "utm_medium": long}, "/")
    assert len(touch.source) <= 100 and len(touch.medium) <= 100
    for column, text in zip(dictionaries.ORIGIN, dictionaries.origin("", f"utm_source={long}", ""), strict=True):
        assert len(text) <= Origin._meta.get_field(column).max_length
    invite = first_touch.arrival("", {}, f"/join/{'ß' * 40}/", leads=True).invite
    assert invite.startswith("SS") and len(invite) <= 40
