"""Live activity: the newest first, following until it is paused; a session tells what it did."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from sitestats import queries, visits
from sitestats.models import PageView
from sitestats.tests.make import READER, asked, make_traffic

pytestmark = pytest.mark.usefixtures("confirmed_lately")
PANEL = "/admin/sitestats/panels/live/"
HTMX = {"HX-Request": "true"}


def test_it_follows_and_a_session_is_what_its_views_are(client_of, owner, marketer):
    make_traffic()
    User.objects.create_user("reader@poemvision.example", pk=READER)
    found = queries.live(asked=asked())
    assert [one.path for one in found] == ["/make/", "/wall/", "/make/", "/make/"]
    assert len(queries.live(asked=asked(traffic="all", path="/make/"))) == 4
    assert len(queries.live(asked=asked(source="search|Google", device="mobile"))) == 0
    page = client_of(owner).get(PANEL, headers=HTMX).content.decode()
    assert "every 5s" in page and "reader@poemvision.example" in page
    assert "every 5s" not in client_of(owner).get(f"{PANEL}?paused=yes", headers=HTMX).content.decode()
    assert "reader@poemvision.example" not in client_of(marketer).get(PANEL, headers=HTMX).content.decode()
    file = client_of(owner).get(f"{PANEL}?traffic=all&path=/make/&period=7d&format=csv")
    assert file.headers["Content-Disposition"] == 'attachment; filename="live_make_all.csv"'
    head, *lines = b"".join(file.streaming_content).decode().splitlines()
    assert head.endswith("When,Path,User,Device,Browser,Status,Session,Source")
    told = [line.split(",")[2:5] for line in lines]
    assert told == [
        ["GPTBot", "Other", ""],
        ["Visitor", "Mobile", "Safari"],
        ["reader@poemvision.example", "Desktop", "Firefox"],
        ["Visitor", "Desktop", "Firefox"],
    ]
    one = found[1]
    url = f"/admin/site-stats/sessions/{one.number}/"
    page = client_of(owner).get(f"{url}?day={one.day}").content.decode()
    assert "2 pages" in page and "/wall/" in page
    assert "data-relative" not in page.partition("What it saw")[2] and f'href="{url}' not in page
    for bad in (f"{url}?day=x", f"{url}?day=0001-01-01", f"/admin/site-stats/sessions/zz/?day={one.day}"):
        assert client_of(owner).get(bad).status_code == 404
    assert {visits.session_of(visits.number_of(view.session)) for view in PageView.objects.all()} == set(
        PageView.objects.values_list("session", flat=True)
    )
    assert visits.session_of(visits.number_of(-5)) == -5


def test_it_stays_paused_until_it_is_let_follow_again(client_of, owner):
    """A filter, or what a session did, is opened at an address that does not say so."""
    client = client_of(owner)

    def state(query=""):
        context = client.get(f"{PANEL}{query}", headers=HTMX).context
        return context["paused"], [chip.label for chip in context["chips"] if chip.on]

    assert state() == state("?paused=nonsense") == (False, ["Follows"])
    paused, follows = (True, ["Paused"]), (False, ["Follows"])
    assert state("?paused=yes") == state("?path=/make/") == state() == paused
    assert state("?paused=no&path=/make/") == state() == follows
    client.cookies["live_paused"] = "nonsense"
    assert state() == follows


def test_a_click_alone_ends_a_pause(client_of, owner):
    """Not what another tab asks every few seconds since it was let follow, nor an address that says so."""
    client = client_of(owner)
    here = {"HX-Target": "panel-sitestats-live", "HX-Current-URL": "http://testserver/admin/site-stats/?path=/make/"}
    follows = client.get(f"{PANEL}?path=/make/&paused=no", headers=HTMX | here)
    assert client.cookies["live_paused"].value == "no" and "HX-Push-Url" not in follows.headers
    (poll,) = re.findall(r'hx-get="([^"]+)" hx-trigger="every 5s"', follows.content.decode())
    assert client.get(f"{PANEL}?paused=yes", headers=HTMX).context["paused"]
    assert client.get(poll, headers=HTMX).context["paused"]
    page = client.get("/admin/site-stats/?live.paused=no").content.decode()
    assert f'hx-get="{PANEL}"' in page and f"{PANEL}?paused" not in page
    opened = client.get(f"{PANEL}?paused=no").content.decode()
    assert "every 5s" not in opened and f'hx-get="{PANEL}" hx-trigger="sitestats-changed' in opened
    assert client.cookies["live_paused"].value == "yes"


def test_nothing_appears_by_itself_while_it_is_paused(client_of, owner):
    client, words = client_of(owner), "appears here by itself"
    assert words in client.get(PANEL, headers=HTMX).content.decode()
    page = client.get(f"{PANEL}?paused=yes", headers=HTMX).content.decode()
    assert words not in page and "Nobody is here" in page


def test_what_is_rare_is_sought_among_the_newest_views_only(client_of, owner, monkeypatch):
    """Both days are not read, each few seconds, for what nobody saw."""
    make_traffic()
    monkeypatch.setattr(visits, "LOOKED", (2,))
    newest = list(PageView.objects.order_by("-at").values_list("at", flat=True)[:2])
    assert [one.at for one in queries.live(asked=asked(traffic="all"))] == newest
    assert queries.live(asked=asked(path="/wall/")) == []
    page = client_of(owner).get(f"{PANEL}?path=/wall/", headers=HTMX).content.decode()
    assert "Among the last 2 views of today and yesterday, bots included, no such page was seen" in page
    monkeypatch.undo()
    assert len(queries.live(asked=asked(path="/wall/"))) == 1
    assert "All matches among the last 100,000 views" in client_of(owner).get(PANEL, headers=HTMX).content.decode()


def test_a_burst_of_bots_does_not_hide_who_came_before_it(db, monkeypatch):
    """Where the newest views hold too few it is looked further; where they hold enough it is not."""
    make_traffic()
    monkeypatch.setattr(visits, "LOOKED", (2, 4))
    assert [one.path for one in queries.live(asked=asked())] == ["/make/", "/wall/"]
    monkeypatch.setattr(visits, "SHOWN", 2)
    for traffic, looks in {"": 2, "all": 1}.items():
        with CaptureQueriesContext(connection) as asking:
            assert len(queries.live(asked=asked(traffic=traffic))) == 2
        assert sum("newest" in one["sql"] for one in asking) == looks
