"""Top URLs: humans only, with where sessions begin and end and how long answers took."""

import pytest

from sitestats import figures, queries
from sitestats.tests.make import asked, make_traffic

pytestmark = pytest.mark.usefixtures("confirmed_lately")


def test_a_row_is_what_its_filter_shows(client_of, owner):
    make_traffic()
    found = queries.top_urls(asked=asked())
    told = [(one.path, one.figures.views, one.figures.entries, one.figures.exits) for one in found]
    assert told == [("/make/", 3, 3, 2), ("/wall/", 1, 0, 1)]
    assert found[0].p95 == pytest.approx(900, rel=0.1) and found[1].p95 == pytest.approx(20_000, rel=0.1)
    for one in found:
        assert figures.total(asked(path=one.path)).views == one.figures.views
    assert queries.top_urls(asked=asked(source="ai"))[0].p95 is None
    page = client_of(owner).get("/admin/sitestats/panels/top_urls/").content.decode()
    assert "/wall/" in page and "wp-login" not in page
