"""Top sources: sessions beside what became of the members who came from there."""

from decimal import Decimal

import pytest
from django.utils import timezone

from referrals import codes
from sitestats import facts, figures, queries, rollups
from sitestats.models import Acquisition
from sitestats.tests.make import asked, make_paying, make_traffic
from sitestats.tests.test_page_views import keep, view
from studio.tests.make import make_cut
from ui import format

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
    whole = facts.total(asked())
    assert whole.top_ups and whole.paid_in
    for name in facts.NUMBERS:
        assert sum(getattr(one.facts, name) for one in found) == getattr(whole, name), name
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


def test_the_busiest_are_those_that_all_begin_with(client_of, owner, member, monkeypatch):
    """Also where a source has facts and no session; a file has all."""
    make_traffic()
    make_paying(member)
    Acquisition.objects.filter(user=member).update(source="Bing")
    facts.add_up_all()
    for wanted in (asked(), asked(traffic="all"), asked(device="desktop"), asked(source="search")):
        everyone, parts = queries.top_sources(asked=wanted), queries.breakdown(asked=wanted)
        for limit in (1, 2, 3):
            assert queries.top_sources(asked=wanted, limit=limit) == everyone[:limit]
            assert queries.breakdown(asked=wanted, limit=limit) == parts[:limit]
    assert [one.source for one in queries.top_sources(asked=asked())] == ["Google", "ChatGPT", "Bing"]
    monkeypatch.setattr(queries, "SOURCES_SHOWN", 1)
    for name, lines in (("top_sources", 3), ("breakdown", 2)):
        url = f"/admin/sitestats/panels/{name}/"
        assert "The busiest 1: the CSV has all of them." in client_of(owner).get(url).content.decode()
        file = client_of(owner).get(f"{url}?format=csv")
        assert len(b"".join(file.streaming_content).decode().splitlines()) == 1 + lines


def test_a_members_code_reads_as_the_member_has_it_and_leads_to_them(client_of, owner, member):
    code = codes.of(member).code
    keep(view(timezone.now().timestamp(), 1, query=f"ref={code}"))
    rollups.catch_up()
    for panel in ("top_sources/", "breakdown/?source=referral"):
        page = client_of(owner).get(f"/admin/sitestats/panels/{panel}").content.decode()
        assert format.code(code) in page and f'href="/admin/users/{member.pk}/"' in page, panel
        assert f">{code}<" not in page


def test_what_is_only_called_like_a_code_is_not_a_members(client_of, owner, member):
    """A campaign may be called anything, that of a code beside it too."""
    code, now = codes.of(member).code, timezone.now().timestamp()
    keep(view(now, 1, query=f"utm_source=x&utm_campaign={code}"), view(now, 2, query=f"ref={code}"))
    rollups.catch_up()
    for panel, links in (("top_sources/", 1), ("breakdown/?source=campaign", 0), ("breakdown/?source=referral", 1)):
        page = client_of(owner).get(f"/admin/sitestats/panels/{panel}").content.decode()
        assert page.count(f'href="/admin/users/{member.pk}/"') == links
