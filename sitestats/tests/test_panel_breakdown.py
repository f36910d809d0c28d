"""The full breakdown: each level adds up to the one above, down to the landing page."""

import pytest

from sitestats import cards, figures, queries
from sitestats.tests.make import asked, make_traffic

pytestmark = pytest.mark.usefixtures("confirmed_lately")


def test_each_level_adds_up_to_the_one_above(client_of, owner):
    make_traffic()
    level = asked()
    assert [one.value for one in queries.breakdown(asked=level)] == ["search", "ai"]
    for _ in range(3):
        found = queries.breakdown(asked=level)
        assert sum(one.figures.sessions for one in found) == figures.total(level).sessions
        level = asked(source="|".join(filter(None, [level.source, found[0].value])))
    assert [(one.value, one.figures.entries) for one in queries.breakdown(asked=level)] == [("/make/", 2)]
    assert "path=%2Fmake%2F" in cards.deeper(level, "/make/")
    page = client_of(owner).get("/admin/sitestats/panels/breakdown/?source=search").content.decode()
    assert "All channels" in page and "source=search%7CGoogle" in page
