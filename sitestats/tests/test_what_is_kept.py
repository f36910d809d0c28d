"""What is kept of odd addresses, hosts, words and user agents: nothing of anybody, and it says nothing false."""

import pytest
from django.http import HttpResponse

from sitestats import headers, recording, routes, shapes
from sitestats.models import PageView
from sitestats.tests.test_page_views import FIREFOX, recorder  # noqa: F401


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
