"""Of days still to come, or before the first that was recorded, no panel takes what nobody knows for nothing."""

import datetime as dt

import pytest
from django.test import RequestFactory

from accounts.models import User
from sitestats import asking, facts, queries
from sitestats.tests.make import day_before, make_paying, make_traffic

pytestmark = pytest.mark.usefixtures("confirmed_lately")
BEFORE, AHEAD = (25, 15), (-1, -2)  # days ago, from and to


def address(first: int, last: int) -> str:
    return f"?period=custom&from={day_before(first)}&to={day_before(last)}"


def asked(*days: int) -> asking.Asked:
    return asking.asked_of(RequestFactory().get(f"/{address(*days)}"))


@pytest.mark.parametrize(
    ("days", "words"), [(BEFORE, "before the first of which page views are kept"), (AHEAD, "still to come")]
)
def test_every_panel_and_the_page_behind_the_cards_say_so(client_of, owner, days, words):
    make_traffic()
    browser = client_of(owner)
    for name in asking.TITLES:
        page = browser.get(f"/admin/sitestats/panels/{name}/{address(*days)}").content.decode()
        assert words in page and "Choose other days" not in page, name
        assert 'href="/admin/site-stats/">The last 30 days</a>' in page and "Reconciled" not in page, name
    page = browser.get(f"/admin/site-stats/days/{address(*days)}").content.decode()
    assert words in page and "0 views" not in page
    for name, told in {"headline": "Views,,", "funnel": "Sessions,,,,"}.items():
        file = browser.get(f"/admin/sitestats/panels/{name}/{address(*days)}&format=csv").streaming_content
        assert b"".join(file).decode().splitlines()[1].startswith(told), name
    file = browser.get(f"/admin/sitestats/panels/conservation/{address(*days)}&format=csv").streaming_content
    assert len(b"".join(file).splitlines()) == 1
    page = browser.get("/admin/sitestats/panels/devices/?path=/nobody").content.decode()
    assert "no such page was seen" in page and "Choose other days" in page


def test_what_finds_nothing_offers_to_clear_the_filter(client_of, owner):
    make_traffic()
    browser = client_of(owner)
    for name in set(asking.TITLES) - {"conservation"} | {"live"}:
        page = browser.get(f"/admin/sitestats/panels/{name}/?path=/nobody&period=7d").content.decode()
        assert '<a class="btn" href="/admin/site-stats/?period=7d">Clear the filter</a>' in page, name
    page = browser.get("/admin/site-stats/days/?path=/nobody").content.decode()
    assert '<a class="btn" href="/admin/site-stats/days/">Clear the filter</a>' in page


def test_a_panel_on_its_own_tells_its_filters_and_leads_back(client_of, owner):
    make_traffic()
    page = client_of(owner).get("/admin/sitestats/panels/top_urls/?period=7d&source=search").content.decode()
    assert '<a href="/admin/site-stats/?source=search&amp;period=7d">Site Stats</a> · last 7 days' in page
    assert 'href="/admin/sitestats/panels/top_urls/?period=7d" aria-label="Remove the filter Source: Search"' in page


def test_facts_are_older_than_views_and_stand_beside_dashes(client_of, owner, member):
    make_traffic()
    User.objects.filter(pk=member.pk).update(date_joined=member.date_joined - dt.timedelta(days=20))
    member.refresh_from_db()
    make_paying(member)
    facts.add_up_all()
    (row,) = queries.top_sources(asked=asked(*BEFORE))
    assert (row.source, row.facts.sign_ups, row.figures.sessions, row.figures.bounce_rate) == ("Google", 1, None, None)
    page = client_of(owner).get(f"/admin/sitestats/panels/top_sources/{address(*BEFORE)}").content.decode()
    assert 'data-label="Sessions">–<' in page and 'data-label="Sign-ups">1<' in page
    page = client_of(owner).get(f"/admin/sitestats/panels/funnel/{address(*BEFORE)}").content.decode()
    assert "before the first of which" in page and "1 not seen in a session" in page
    assert queries.headline(asked=asked(*BEFORE)).facts.sign_ups == 1


def test_what_is_to_come_has_no_facts_and_nothing_is_compared_with_it(db, member):
    make_traffic()
    make_paying(member)
    soon, later = queries.headline(asked=asked(*AHEAD)), queries.headline(asked=asked(-3, -4))
    assert (soon.now.views, soon.facts, soon.before.views) == (None, None, 4)
    assert later.before is None
