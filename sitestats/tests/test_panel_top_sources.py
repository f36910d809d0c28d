"""Top sources: sessions beside what became of the members who came from there."""

from decimal import Decimal

import pytest

from sitestats import facts, figures, queries
from sitestats.tests.make import asked, make_paying, make_traffic
from studio.tests.make import make_cut

pytestmark = pytest.mark.usefixtures("confirmed_lately")


def test_a_row_is_what_its_filter_shows(client_of, owner, member):
    make_traffic()
    make_paying(member)
    found = queries.top_sources(asked=asked())
    told = [(one.channel, one.source, one.figures.sessions, one.facts.sign_ups, one.facts.paid_in) for one in found]
    assert told == [("search", "Google", 2, 1, Decimal(5)), ("ai", "ChatGPT", 1, 0, 0)]
    for one in found:
        only = asked(source=one.filter)
        assert figures.total(only).sessions == one.figures.sessions and facts.total(only) == one.facts
    assert sum(one.facts.top_ups for one in found) == facts.total(asked()).top_ups
    assert queries.top_sources(asked=asked(device="desktop"))[0].facts is None
    for device in ("desktop", "tv"):
        assert client_of(owner).get(f"/admin/sitestats/panels/top_sources/?device={device}").status_code == 200
    make_cut(owner=member)
    facts.catch_up()
    google = queries.top_sources(asked=asked())[0].facts
    assert google.renders == 1 == facts.total(asked(source="search|Google")).renders
    page = client_of(owner).get("/admin/sitestats/panels/top_sources/").content.decode()
    assert page.count('data-label="Renders">1<') == 1
    assert "AI assistant › ChatGPT" in page and "source=search%7CGoogle" in page
