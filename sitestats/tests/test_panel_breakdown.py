"""The full breakdown: each level adds up to the one above, down to the landing page."""

import datetime as dt

import pytest
from django.test import RequestFactory
from django.utils import timezone

from sitestats import asking, cards, facts, figures, queries, rollups
from sitestats.models import Acquisition, DayFact
from sitestats.tests.make import SEARCH, asked, day_before, make_traffic
from sitestats.tests.test_page_views import keep, view
from ui import clock

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
    landings = "/admin/sitestats/panels/breakdown/?source=search%7CGoogle%7Cgoogle.com"
    lines = b"".join(client_of(owner).get(f"{landings}&format=csv").streaming_content).decode().splitlines()
    assert lines[1:] == ["/make/,2,1,0.50,2,0,"] and lines[0].endswith(
        "Landing page,Entries,Bounces,Bounce,Makers,Signed up after a cut,Entries before"
    )
    page = client_of(owner).get(landings).content.decode()
    assert "/make/" in page and "/wall/" not in page and ">Sessions<" not in page and "Daily visitors" not in page
    file = client_of(owner).get("/admin/sitestats/panels/breakdown/?format=csv")
    head, line, _ = b"".join(file.streaming_content).decode().splitlines()
    assert head.startswith("\ufeffChannel,Views,") and ",Bounce,Makers,Signed up after a cut," in head
    assert line.startswith("Search,3,2,2,2,2,1,0.50,2,0,")
    page = client_of(owner).get("/admin/sitestats/panels/breakdown/?source=search").content.decode()
    assert "All channels" in page and "source=search%7CGoogle" in page


def test_a_visitor_of_several_sources_is_one_and_counts_with_the_first(db):
    at = clock.midnight(day_before()).timestamp()
    ways = [{"referrer": SEARCH}, {"query": "utm_source=x&utm_campaign=a"}, {"query": "utm_source=x&utm_campaign=b"}]
    keep(*(view(at + 3600 * n, 1, **way) for n, way in enumerate(ways)), view(at + 9000, 2, **ways[2]))
    rollups.catch_up()
    told = {one.value: (one.figures.visitors, one.figures.sessions) for one in queries.breakdown(asked=asked())}
    assert told == {"search": (1, 1), "campaign": (1, 3)}
    assert figures.total(asked()).visitors == 2 and figures.total(asked(path="/make/", source="campaign")).visitors == 1


def test_campaigns_of_one_partner_are_told_apart_and_mails_say_who_sent_them(client_of, owner, member):
    now, ad = timezone.now().timestamp(), "utm_source=partner&utm_medium=cpc&utm_campaign={}".format
    letter = "utm_source=letter&utm_medium=email&utm_campaign=spring"
    keep(*(view(now, who, query=way) for who, way in enumerate((ad("one"), ad("two"), ad("two"), letter), 1)))
    rollups.catch_up()
    came = {"channel": "ads", "source": "partner", "medium": "cpc", "campaign": "two"}
    moment = dict.fromkeys(("first_seen_at", "signed_up_at"), timezone.now())
    Acquisition.objects.create(user=member, **came, **moment)
    facts.add_up_all()
    found = queries.breakdown(asked=asked(source="ads|partner"))
    assert [(one.value, one.figures.sessions) for one in found] == [("two · cpc", 2), ("one · cpc", 1)]
    for name, sessions, sign_ups in (("two · cpc", 2, 1), ("one · cpc", 1, 0)):
        level = asked(source=f"ads|partner|{name}")
        assert figures.total(level).sessions == len(queries.live(asked=level)) == sessions
        assert facts.total(level).sign_ups == sign_ups
        assert queries.live(asked=level)[0].origin == f"Ads › partner › {name}"
    mail = queries.breakdown(asked=asked(source="email|letter"))
    assert [(one.value, one.figures.entries) for one in mail] == [("spring · email", 1)]
    page = client_of(owner).get("/admin/sitestats/panels/breakdown/?source=ads%7Cpartner").content.decode()
    assert "source=ads%7Cpartner%7Ctwo+%C2%B7+cpc" in page


def test_what_older_rules_added_up_is_added_up_anew_within_the_minute(member, outsider):
    """They did not tell campaigns apart, and a process of the former version runs until it is started anew.

    Whichever days these are: not the first of all.
    """
    outsider.date_joined -= dt.timedelta(days=20)
    outsider.save()
    member.date_joined -= dt.timedelta(days=9)
    member.save()
    came = {"channel": "ads", "source": "partner", "medium": "cpc", "campaign": "two"}
    moment = dict.fromkeys(("first_seen_at", "signed_up_at"), member.date_joined)
    Acquisition.objects.create(user=member, **came, **moment)
    facts.add_up_all()
    for rules, signed_up in ((0, 1), (facts.RULES, 0)):
        DayFact.objects.filter(channel="ads").update(referrer="", rules=rules)
        facts.catch_up()
        assert facts.total(asked(period="30d", source="ads|partner|two · cpc")).sign_ups == signed_up


def test_a_direct_visit_has_no_source_and_opens_its_landing_pages(client_of, owner):
    keep(view(timezone.now().timestamp()))
    rollups.catch_up()
    (row,) = queries.top_sources(asked=asked())
    wanted = asking.asked_of(RequestFactory().get("/?source=direct%7C&period=7d"))  # as it was in older links
    assert wanted == asked(source="direct") and row.filter == "direct"
    assert [(one.value, one.figures.entries) for one in queries.breakdown(asked=wanted)] == [("/make/", 1)]
    page = client_of(owner).get("/admin/sitestats/panels/breakdown/?source=direct").content.decode()
    assert "Landing page" in page and "path=%2Fmake%2F" in page and "not told" not in page.lower()
