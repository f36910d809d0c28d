"""What is kept of odd addresses, hosts, words and user agents: nothing of anybody, and it says nothing false."""

import string
from types import SimpleNamespace

import pytest
from django.http import HttpResponse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sitestats import dictionaries, headers, kept, recording, routes, shapes
from sitestats.models import PageView
from sitestats.tests.test_page_views import FIREFOX, recorder  # noqa: F401

PIECES = (
    "/ // . - _ ; : @ % %40 %25 %2F %252e … + 0 12 2026 255 203.0.113.9 ::1 aa-bb-cc-dd-ee-ff join c cuts make upload"
)
PIECES += " me assets Key key=1 kX9dQ2m 7p4vB3nR 0123456789abcdef ABCD EF2H www xn-- co uk nip.io ( [ = İ ſ \u202e \x00"
OURS = "poemvision.example"
ODD = st.lists(
    st.sampled_from([*PIECES.split(), OURS, " "]) | st.text(string.ascii_letters + string.digits + "%;-./", max_size=9),
    max_size=40,
).map("".join) | st.text(max_size=150)


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/c/_KgZFFVnVdE/", "/c/…/"),
        ("/cuts/_KgZFFVnVdE/", "/cuts/…/"),
        ("/stories/_KgZFFVnVdE/", "/stories/…/"),
        ("/me/assets/A2BC3DE4FGHJ/delete/", "/me/assets/…/delete/"),
    ],
)
def test_a_page_that_failed_before_its_address_was_looked_up_is_told_as_that_page(recorder, rf, path, kept):  # noqa: F811
    """As while PostgreSQL restarts: no session can be read, so no middleware gets as far as the resolver."""
    request = rf.get(path, headers={"User-Agent": FIREFOX})
    request.resolver_match = None
    recording.RecordViews(lambda request: HttpResponse(status=503))(request)
    assert recorder.flush()
    row = PageView.objects.get().path
    assert (row.text, row.is_known) == (kept, True)


@pytest.mark.parametrize("name", ["HTTP_DNT", "HTTP_SEC_GPC"])
def test_who_asks_not_to_be_told_of_is_heard_however_it_is_said(name):
    for said in ("1", "1,1", "1, 1", "1x"):
        assert headers.asked_not_to_be({name: said})
    for said in ("", "0", "0,0", "null"):
        assert not headers.asked_not_to_be({name: said})


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/join;x/WELCOME7/", "/join/…/…"),
        ("/%6Aoin/WELCOME7/", "/%6Aoin/…/"),
        ("/join%2FWELCOME7", "/…"),
        ("/join\\WELCOME7", "/…"),
        ("/c/_KgZFFVnVdE/)", "/c/…/)"),
        ("/cuts;a/_KgZFFVnVdE/x", "/cuts/…/x"),
        ("/Stories./_KgZFFVnVdE/", "/Stories./…/"),
        ("/me/assets/A2BC3DE4FGHJ", "/me/assets/…"),
        ("/account/email/change/abcdef:1a2b", "/account/email/change/…"),
        ("/whois/203.0.113.9/203-0-113-9/aa-bb-cc-dd-ee-ff/aabb.ccdd.eeff/fe80::1", "/whois/…/…/…/…/…"),
    ],
)
def test_an_address_that_is_slightly_wrong_keeps_no_key(path, kept):
    assert shapes.shape(None, path) == (kept, False)


def test_what_follows_a_part_that_a_key_follows_is_taken_away():
    """As the routes tell, so a new page is covered; and pages of ours are kept as they are."""
    names = routes.before_keys().split("|")
    assert {"assets", "c", "change", "cuts", "join", "key", "media", "staff", "stories"} <= {*names}
    for name in names:
        assert shapes.shape(None, f"/x/{name.upper()}//_KgZFFVnVdE/y")[0] == f"/x/{name.upper()}//…/y"
    assert len(shapes._ours()) > 100 and all(shapes.without_names(text) == text for text in shapes._ours())


@pytest.mark.parametrize("path", ["/make;x/", "/make/\u200b", "/\u202emake/", "/c/…/", "/;x"])
def test_nobody_gives_a_page_of_ours_failures_that_it_did_not_have(path):
    text, is_ours = shapes.shape(None, path)
    assert not is_ours and text.removesuffix("…") in shapes._ours() and text not in shapes._ours()


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@example(f"0123456789abcdef.{OURS}")
@given(ODD)
def test_what_is_kept_stays_as_it_is(settings, text):
    """By every rule: so the night changes nothing that came by the same rules."""
    settings.BASE_URL = f"https://{OURS}"
    path = shapes.shape(None, f"/{text}")[0]
    assert shapes.shape(None, path)[0] == path == shapes.without_names(path)
    elsewhere = shapes.nameless(f"/{text}")
    assert shapes.nameless(elsewhere) == elsewhere
    agent = shapes.agent(text)
    assert shapes.agent(agent) == agent
    for told in (dictionaries.origin(f"https://{text}", ""), dictionaries.origin("", f"utm_source={text}")):
        assert kept.way(SimpleNamespace(**dict(zip(dictionaries.ORIGIN, told, strict=True)))) == {}
    word = shapes.word(text)
    small = shapes.small(word)
    assert shapes.word(word) == word and shapes.word(small) == small == shapes.small(small)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("203.0.113.9", ""),
        ("a203-0-113-9", "a "),
        ("[::ffff:203.0.113.9]", ""),
        ("AA-BB-CC-DD-EE-F9", ""),
        ("a.203.0.113.9", "a. "),
    ],
)
def test_a_word_is_no_address_of_a_network(text, kept):
    assert shapes.word(f"mail {text}, x") == f"mail {kept}x"


@pytest.mark.parametrize(
    "key", ["kX9dQ2m-7p4vB3nR", "abc123_def456_ghi789", "ABCD-EFGH-JKMN-PQRS", "sk_live_51H8xAbCdEf2hIj"]
)
def test_a_key_is_no_word_and_no_part_of_a_path(key):
    assert shapes.word(f"a {key} b") == "a b"
    assert shapes.shape(None, f"/a/{key}/b")[0] == "/a/…/b"


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("App 203.0.113.9.", "App 0."),
        ("App [::ffff:203.0.113.9]", "App [0]"),
        ("ip_203.0.113.9_x host-203-0-113-9.isp.example", "ip_0_x host-0.isp.example"),
        ("AA-BB-CC-DD-EE-F9 aabb.ccdd.eef9 sk_live_51abcdefghijkl", "0 0 0"),
        ("key=Zk3jQ9pLxWv7Yt2RmB8n eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.x", "key=0 0.0.x"),
        ("Chrome/142.0.0.0 rv:1.9.2.13 iPhone OS 17_5_1", "Chrome/142.0.0.0 rv:1.9.2.13 iPhone OS 17_5_1"),
        ("Build/SP1A.210812.016 W3C_I18n-Checker/1.0", "Build/SP1A.210812.016 W3C_I18n-Checker/1.0"),
        ("Google-Area120-PrivacyPolicyFetcher Baidu-YunGuanCe-SLABot",) * 2,
    ],
)
def test_a_user_agent_keeps_versions_and_names_but_no_address_and_no_key(told, kept):
    assert shapes.agent(told) == kept


@pytest.mark.parametrize(
    ("host", "kept"),
    [
        (f"{'0f' * 32}.safeframe.googlesyndication.com", ("ads", "Google", "safeframe.googlesyndication.com")),
        ("550e8400-e29b-41d4-a716-446655440000.a.example", ("referral", "a.example", "a.example")),
        ("kX9dQ2m-7p4vB3nR.apps.example", ("referral", "apps.example", "apps.example")),
        ("203-0-113-9.dyn.isp.example", ("referral", "dyn.isp.example", "dyn.isp.example")),
        ("p5b0d3f21.dip0.t-ipconnect.de", ("referral", "dip0.t-ipconnect.de", "dip0.t-ipconnect.de")),
        ("203.0.113.9.nip.io", ("referral", "nip.io", "nip.io")),
        ("1001poems.co.uk", ("referral", "1001poems.co.uk", "1001poems.co.uk")),
        ("www.s3.eu-west-1.amazonaws.com", ("referral", *["s3.eu-west-1.amazonaws.com"] * 2)),
        (f"{'a.' * 60}example.org", ("referral", *[f"{'a.' * 44}example.org"] * 2)),
    ],
)
def test_a_host_below_a_site_that_is_drawn_is_no_source_of_its_own(host, kept):
    channel, source, _, _, referrer, *_ = dictionaries.origin(f"https://{host}/", "")
    assert (channel, source, referrer) == kept


def test_an_address_of_a_network_in_that_of_a_page_elsewhere_is_not_kept():
    assert dictionaries.origin("https://whois.example/ip/203.0.113.9", "")[4] == "whois.example/ip/…"


def test_the_night_takes_a_drawn_name_from_what_was_kept_before():
    before = f"{'0f' * 32}.frames.example"
    row = SimpleNamespace(**dict.fromkeys(dictionaries.ORIGIN, "") | {"referrer": f"{before}/203.0.113.9/a"})
    row.source = before
    assert kept.way(row) == {"source": "frames.example", "referrer": "frames.example/…/a"}
