"""Top URLs: humans only, with where sessions begin and end and how long answers took."""

import json
from types import SimpleNamespace

import pytest
from django.utils import timezone

from sitestats import addresses, figures, queries, rollups
from sitestats.tests.make import asked, make_traffic
from sitestats.tests.test_page_views import keep, view

pytestmark = pytest.mark.usefixtures("confirmed_lately")


def test_a_row_is_what_its_filter_shows(client_of, owner):
    make_traffic()
    found = queries.top_urls(asked=asked())
    told = [(one.path, one.figures.views, one.figures.entries, one.figures.exits) for one in found]
    assert told == [("/make/", 3, 3, 2), ("/wall/", 1, 0, 1)]
    assert found[0].p95 == pytest.approx(900, rel=0.1) and found[1].p95 == pytest.approx(20_000, rel=0.1)
    for one in found:
        assert figures.total(asked(path=one.path)).views == one.figures.views
    assert queries.top_urls(asked=asked(source="ai", device="mobile"))[0].p95 == found[0].p95
    page = client_of(owner).get("/admin/sitestats/panels/top_urls/").content.decode()
    assert "/wall/" in page and "wp-login" not in page


def test_of_sources_that_are_alike_how_long_answers_took_is_read_once(db, monkeypatch):
    """Somebody may invent thousands, each with a view or two."""
    now, opened = timezone.now().timestamp(), []
    keep(*(view(now, who, referrer=f"https://s{who}.example/") for who in range(20)))
    keep(view(now, 20, referrer="https://s20.example/", microseconds=9_000_000))
    rollups.catch_up()
    monkeypatch.setattr(figures, "json", SimpleNamespace(loads=lambda text: opened.append(text) or json.loads(text)))
    (page,) = queries.top_urls(asked=asked(source="referral"))
    assert page.p95 == pytest.approx(900, rel=0.1) and [len(json.loads(text)) for text in opened] == [2]


def test_what_only_failed_is_told_and_what_nothing_answers_to_in_one_row(client_of, owner):
    make_traffic()
    now = timezone.now().timestamp()
    nowhere = [view(now + n, 50 + n, route=None, path=f"/nobody{n}", status=404) for n in range(2)]
    keep(*nowhere, view(now, 52, route="failing/", status=500), view(now, 53, status=403))
    rollups.catch_up()
    for wanted in (asked(), asked(device="desktop"), asked(source="direct")):
        found = {one.path: one.figures for one in queries.top_urls(asked=wanted)}
        assert sum(each.errors for each in found.values()) == figures.total(wanted).errors == 4
        told = [(each.views, each.errors, each.not_found, each.server_errors) for each in found.values()]
        assert told[-1] == (0, 2, 2, 0) and found["/failing/"].server_errors == 1, wanted
    assert [one.path for one in queries.top_urls(asked=asked(), limit=1)] == ["/make/", addresses.NOWHERE]
    (alone,) = queries.top_urls(asked=asked(path="/nobody1"))
    assert (alone.path, alone.figures.not_found) == (addresses.NOWHERE, 1)
    address = "/admin/sitestats/panels/top_urls/"
    assert "humans only" in client_of(owner).get(f"{address}?traffic=nobody").content.decode()
    page = client_of(owner).get(address).content.decode()
    assert addresses.NOWHERE in page and "path=%2Ffailing%2F" in page and "path=%28" not in page
    file = b"".join(client_of(owner).get(f"{address}?format=csv").streaming_content).decode()
    assert "Failed,Failed: 404,Failed: 5xx" in file and file.splitlines()[-1].startswith(f"{addresses.NOWHERE},0,")
