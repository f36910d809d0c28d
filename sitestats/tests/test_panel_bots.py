"""Bots: who they are, what they cost at the price that is set, robots.txt, and whom their assistants sent."""

import re
from decimal import Decimal

import pytest
from django.utils import timezone

from sitestats import bot_addresses, channels, crawlers, figures, queries, rollups
from sitestats.agents import _table
from sitestats.models import Crawl, PageView, UserAgent
from sitestats.tests.make import asked, make_traffic
from sitestats.tests.test_page_views import FIREFOX, GPTBOT, keep, recorder, view  # noqa: F401 (a fixture)
from tunables import values
from ui import periods

pytestmark = pytest.mark.usefixtures("confirmed_lately")


def test_a_bot_has_its_figures_and_humans_are_never_there(client_of, owner):
    make_traffic()
    (found,) = queries.bots(asked=asked())
    assert (found.operator, found.purpose, found.sent) == ("OpenAI", "training", 1)
    assert (found.figures.views, found.figures.not_found, found.verified, found.claimed) == (1, 1, 2, 0)
    assert found.obeys is None and queries.bots(asked=asked(traffic="bot")) == []
    values.change("server_hour_usd", "720", by=None)
    cost = queries.bots(asked=asked(source="direct"))[0].cost
    assert cost == Decimal(720) * found.figures.microseconds / 3_600_000_000
    agent = UserAgent.objects.get(operator="OpenAI").pk
    Crawl.objects.create(day=periods.today(), agent=agent, robots_txt=2)
    assert queries.bots(asked=asked())[0].obeys is True
    file = client_of(owner).get("/admin/sitestats/panels/bots/?format=csv").streaming_content
    head, line = b"".join(file).decode().splitlines()
    assert ",404s," in head and "robots.txt,robots.txt read,Disallowed,Sent back" in head
    assert line.startswith("OpenAI,Training,2,0,0,") and ",Obeyed,2,0,1," in line
    Crawl.objects.update(closed=1)
    assert queries.bots(asked=asked())[0].obeys is False
    page = client_of(owner).get("/admin/sitestats/panels/bots/").content.decode()
    for some in ("source=direct", "path=/make/"):
        page_of = client_of(owner).get(f"/admin/sitestats/panels/bots/?{some}").content.decode()
        assert "OpenAI" in page_of and "obeyed" not in page_of
        file = client_of(owner).get(f"/admin/sitestats/panels/bots/?{some}&format=csv").streaming_content
        assert "robots.txt" not in b"".join(file).decode()
    assert "OpenAI" in page and "Not obeyed" in page and "Verified" in page


def test_of_names_that_somebody_invents_the_busiest_are_shown_and_the_file_has_all(client_of, owner, monkeypatch):
    now = timezone.now().timestamp()
    for number in range(60):
        agent = f"Name{'abcdefghij'[number // 10]}{'abcdefghij'[number % 10]}/1.0"
        keep(*(view(now + n, 100 + number, agent=agent) for n in range(1 + (number == 33))))
    rollups.catch_up()
    for day in queries.days(asked=asked(traffic="bot")):
        Crawl.objects.create(day=day.by["day"], agent=UserAgent.objects.get(name__endswith="ff").pk, robots_txt=1)
    panel, client = "/admin/sitestats/panels/bots/?traffic=bot", client_of(owner)
    whole = queries.bots(asked=asked(traffic="bot"))
    told = []
    for many in (crawlers.MANY, 10):
        monkeypatch.setattr(crawlers, "MANY", many)
        page = client.get(panel).content.decode()
        assert page.count('scope="row"') == 50 and "The busiest 50: the CSV has all of them." in page
        told.append(re.search(r"Together (\S+) of server time", page)[1])
        assert queries.bots(asked=asked(traffic="bot"), limit=51)[:3] == whole[:3]
    assert whole[0].operator == "Namedd" and len(whole) == 60 and told[0] == told[1]
    file = b"".join(client.get(f"{panel}&format=csv").streaming_content).decode()
    assert len(file.splitlines()) == 61


def test_an_address_that_nothing_answers_to_is_told_beside_anything_as_live_tells_it(client_of, owner):
    make_traffic()
    keep(view(timezone.now().timestamp(), 41, route=None, path="/new7bot404", status=404, agent=GPTBOT))
    rollups.catch_up()
    wanted = asked(path="/wp-login.php", traffic="ai")
    (found,) = queries.bots(asked=wanted)
    assert (found.operator, found.figures.views, found.figures.not_found, found.verified) == ("OpenAI", 0, 1, 1)
    parts = [{}, {"source": "direct"}, {"device": UserAgent.objects.get(operator="OpenAI").device}]
    for part in (*parts, parts[1] | parts[2]):
        assert figures.total(wanted.but(**part)).not_found == len(queries.live(asked=wanted.but(**part))) == 1, part
        assert [each.errors for each in queries.days(asked=wanted.but(**part))] == [1]
    assert not figures.total(wanted.but(source="search")).errors and queries.devices(asked=wanted) == []
    page = client_of(owner).get("/admin/sitestats/panels/bots/?path=/wp-login.php").content.decode()
    assert "OpenAI" in page and "No bot came" not in page


def test_whoever_asks_for_what_is_closed_does_not_obey_whatever_the_answer(recorder, client):  # noqa: F811
    for agent, paths in {
        GPTBOT: ("/robots.txt", "/me/", "/my-cuts/", "/account/login/", "/join/NOBODY/", "/admin/", "/wall/"),
        "": ("/me/",),
        FIREFOX: ("/me/", "/admin/"),
    }.items():
        for path in paths:
            client.get(path, headers={"User-Agent": agent})
    assert recorder.flush()
    rollups.catch_up()
    told = {one.operator: (one.robots_txt, one.disallowed, one.obeys) for one in queries.bots(asked=asked())}
    assert told == {"OpenAI": (1, 5, False), "Not told": (0, 1, False)}


def test_who_uses_a_bots_name_says_nothing_of_its_operator(recorder, client, client_of, owner, monkeypatch):  # noqa: F811
    """Nor does staff behind such a name, nor a bot that calls itself like the operator."""
    monkeypatch.setattr(bot_addresses, "_loaded", {"GPTBot": bot_addresses._ranges(["198.51.100.0/24"])})
    for address, paths in {"198.51.100.1": ["/robots.txt"], "203.0.113.9": ["/robots.txt", "/me/"]}.items():
        for path in paths:
            client.get(path, headers={"User-Agent": GPTBOT}, REMOTE_ADDR=address)
    client.get("/me/", headers={"User-Agent": "OpenAI/1.0"})
    client_of(owner).get("/admin/", headers={"User-Agent": "Thing/1.0"})
    assert recorder.flush()
    told = {one.operator: (one.robots_txt, one.disallowed, one.obeys) for one in queries.bots(asked=asked())}
    assert told == {"OpenAI": (1, 0, True), "“OpenAI”": (0, 1, False)}


def test_who_was_not_checked_says_nothing_where_others_are_verified(recorder, client, client_of, owner, monkeypatch):  # noqa: F811
    """And is told of beside them."""
    ranges = {"GPTBot": bot_addresses._ranges(["198.51.100.0/24"])}
    for known, paths in ((ranges, ["/robots.txt", "/wall/", "/wall/"]), ({}, ["/me/", "/wall/"])):
        monkeypatch.setattr(bot_addresses, "_loaded", known)
        for path in paths:
            client.get(path, headers={"User-Agent": GPTBOT}, REMOTE_ADDR="198.51.100.1")
    assert recorder.flush()
    rollups.catch_up()
    (one,) = queries.bots(asked=asked())
    assert (one.verified, one.unchecked, one.obeys, one.disallowed, one.aside) == (2, 1, True, 0, 1)
    page = client_of(owner).get("/admin/sitestats/panels/bots/").content.decode()
    assert "Verified 2 ·</span>" in page and "Not checked 1" in page and "Not obeyed" not in page
    PageView.objects.filter(identity=2).delete()
    rollups.rebuild(periods.today())
    assert [(one.verified, one.obeys) for one in queries.bots(asked=asked())] == [(0, False)]  # all there is


def test_an_operator_none_of_whose_bots_came_has_sent_visitors_all_the_same(client_of, owner):
    make_traffic()
    keep(view(timezone.now().timestamp(), 40, referrer="https://grok.com/"))
    rollups.catch_up()
    rows = [(one.operator, one.figures.answers, one.sent, one.obeys) for one in queries.bots(asked=asked())]
    assert rows == [("OpenAI", 2, 1, None), ("xAI", 0, 1, None)] and queries.bots(asked=asked(traffic="bot")) == []
    page = client_of(owner).get("/admin/sitestats/panels/bots/").content.decode()
    assert ">xAI<" in page and page.count("Not read") == 1  # of none of these bots there is an answer


def test_every_assistant_has_an_operator_or_is_known_to_have_no_bots():
    sources = {each.source for each in channels._table().values() if each.channel == "ai"}
    operators = {rule.operator for rule in _table()}
    assert sources == {*crawlers.ASSISTANTS, *crawlers.WITHOUT_BOTS}
    assert set(crawlers.ASSISTANTS.values()) <= operators
    assert not crawlers.WITHOUT_BOTS & {*crawlers.ASSISTANTS, *operators}
