"""Device split: its shares are of all, and a device opens the page of its own."""

import pytest

from sitestats import figures, queries
from sitestats.tests.make import asked, make_traffic

pytestmark = pytest.mark.usefixtures("confirmed_lately")


def test_a_row_is_what_its_filter_shows(client_of, owner):
    make_traffic()
    found = queries.devices(asked=asked())
    assert [(one.name, one.figures.visitors) for one in found] == [("desktop", 2), ("mobile", 1)]
    assert sum(one.share for one in found) == pytest.approx(1)
    for one in found:
        assert figures.total(asked(device=one.name)).views == one.figures.views
    page = client_of(owner).get("/admin/sitestats/panels/devices/").content.decode()
    assert "device=mobile" in page and "66.7%" in page
    assert 'width="66.67"' in page  # of the whole track
