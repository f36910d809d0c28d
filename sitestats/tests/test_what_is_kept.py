"""What somebody who means ill has kept of an address, a host, a word or a user agent: nothing of anybody, and no lie."""

import pytest
from django.http import HttpResponse

from sitestats import recording
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
