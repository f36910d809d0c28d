"""Bots: who they are, what they cost at the price that is set, robots.txt, and whom their assistants sent."""

from decimal import Decimal

import pytest

from sitestats import queries
from sitestats.models import Crawl, UserAgent
from sitestats.tests.make import asked, make_traffic
from ui import periods

pytestmark = pytest.mark.usefixtures("confirmed_lately")


def test_a_bot_has_its_figures_and_humans_are_never_there(client_of, owner):
    make_traffic()
    (found,) = queries.bots(asked=asked())
    assert (found.operator, found.purpose, found.sent) == ("OpenAI", "training", 1)
    assert (found.figures.views, found.figures.not_found, found.verified, found.claimed) == (1, 1, 2, 0)
    assert found.obeys is None and queries.bots(asked=asked(traffic="bot")) == []
    found.hour = Decimal(3600)
    assert found.cost == found.figures.microseconds / Decimal(1_000_000)
    agent = UserAgent.objects.get(operator="OpenAI").pk
    Crawl.objects.create(day=periods.today(), agent=agent, robots_txt=2)
    assert queries.bots(asked=asked())[0].obeys is True
    Crawl.objects.update(closed=1)
    assert queries.bots(asked=asked())[0].obeys is False
    page = client_of(owner).get("/admin/sitestats/panels/bots/").content.decode()
    assert "OpenAI" in page and "Not obeyed" in page and "Verified" in page
