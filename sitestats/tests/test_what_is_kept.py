"""What somebody who means ill has kept of an address, a host, a word or a user agent: nothing of anybody, and no lie."""

import pytest
from django.http import HttpResponse

from sitestats import headers, recording
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
