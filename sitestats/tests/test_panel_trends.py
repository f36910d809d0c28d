"""30-day trends: people, bots and AI apart, each day there."""

import pytest

from sitestats import figures, queries
from sitestats.tests.make import asked, make_traffic

pytestmark = pytest.mark.usefixtures("confirmed_lately")


def test_every_day_stands_there_and_they_add_up_to_the_cards(client_of, owner):
    make_traffic()
    days = queries.trends(asked=asked(period="30d"))
    assert len(days) == 30 and [(d.human.views, d.bot.views, d.ai.views) for d in days[-3:]] == [
        *[(0, 0, 0), (1, 0, 0), (3, 0, 1)]
    ]
    assert sum(day.human.views for day in days) == figures.total(asked()).views
    page = client_of(owner).get("/admin/sitestats/panels/trends/").content.decode()
    assert "Human views" in page and "site-trends" in page
    found = b"".join(client_of(owner).get("/admin/sitestats/panels/trends/?format=csv").streaming_content)
    assert len(found.splitlines()) == 31
