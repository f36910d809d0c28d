"""30-day trends: people, bots and AI apart, each day there."""

import datetime as dt

import pytest
from django.test import RequestFactory
from django.utils import timezone

from sitestats import asking, cards, figures, queries, rollups
from sitestats.models import Day
from sitestats.tests.make import ASSISTANT, IPHONE, SEARCH, asked, day_before, make_traffic
from sitestats.tests.test_page_views import GPTBOT, keep, view
from ui import clock

pytestmark = pytest.mark.usefixtures("confirmed_lately")


def test_every_day_stands_there_and_they_add_up_to_the_cards(client_of, owner):
    make_traffic()
    days = queries.trends(asked=asked(period="30d"))
    assert len(days) == 30 and [(d.human.views, d.bot.views, d.ai.views) for d in days[-3:]] == [
        *[(None, None, None), (1, 0, 0), (3, 0, 1)]
    ]
    assert sum(day.human.views for day in days[-2:]) == figures.total(asked()).views
    page = client_of(owner).get("/admin/sitestats/panels/trends/").content.decode()
    assert "Human views" in page and "site-trends" in page
    assert page.count('data-label="Human views">–<') == 28 and 'data-label="Human views">0<' not in page
    found = b"".join(client_of(owner).get("/admin/sitestats/panels/trends/?format=csv").streaming_content)
    lines = found.decode().splitlines()
    assert len(lines) == 31 and lines[1].startswith(str(day_before(0)))  # the newest first, as the table


def test_what_is_to_come_is_not_told_as_nothing(client_of, owner):
    make_traffic()
    address = f"/?period=custom&from={day_before()}&to={day_before(-40)}"
    days = queries.trends(asked=asking.asked_of(RequestFactory().get(address)))
    assert len(days) == 42 and {day.human.views for day in days[2:]} == {None}
    assert [day.human.views for day in days[:2]] == [1, 3]
    for name, said in (("headline", "later days still to come"), ("trends", ", running<")):
        assert said in client_of(owner).get(f"/admin/sitestats/panels/{name}{address}").content.decode()
    ahead = f"?period=custom&from={day_before(-1)}&to={day_before(-9)}"
    assert "still to come" in client_of(owner).get(f"/admin/sitestats/panels/trends/{ahead}").content.decode()


def test_the_table_tells_the_traffic_that_a_day_opens(client_of, owner):
    make_traffic()
    keep(view(timezone.now().timestamp(), 60, agent=""))
    rollups.catch_up()
    for traffic, head in {"": "Human", "bot": "Bot", "ai": "AI", "unknown": "Unclear", "all": "All"}.items():
        wanted = asked(traffic=traffic)
        today, address = queries.trends(asked=wanted)[-1], cards.day_url(wanted, day_before(0)).partition("?")[2]
        opened = figures.total(asking.asked_of(RequestFactory().get(f"/?{address}")))
        told = today.of(wanted.kinds)
        assert (told.views, told.visitors, told.sessions) == (opened.views, opened.visitors, opened.sessions)
        page = client_of(owner).get(f"/admin/sitestats/panels/trends/?period=7d&traffic={traffic}").content.decode()
        assert f'data-label="{head} views">{told.views}<' in page
        assert ("key c4" in page) == (traffic in ("unknown", "all")) == ("Unclear views" in page)
    assert told.views == 5 and figures.total(asked(traffic="unknown")).views == 1


def test_a_single_day_is_told_by_its_hours(client_of, owner):
    make_traffic()
    yesterday = day_before()
    at = clock.midnight(yesterday).timestamp()
    keep(view(at + 8 * 3600 + 5, 7), view(at + 8 * 3600 + 9, 7), view(at + 8 * 3600, 8, agent=GPTBOT), view(at - 60, 9))
    rollups.catch_up()
    one_day = cards.day_url(asked(), yesterday).partition("?")[2]
    of_day = asking.asked_of(RequestFactory().get(f"/?{one_day}"))
    hours = queries.trends(asked=of_day)
    assert len(hours) == 24 and sum(hour.human.views for hour in hours) == figures.total(of_day).views == 3
    told = hours[8]
    assert (told.human.views, told.human.visitors, told.ai.views, told.human_before) == (2, 1, 1, 0)
    assert hours[23].human_before == 1
    page = client_of(owner).get(f"/admin/sitestats/panels/trends/?{one_day}").content.decode()
    assert "Views an hour" in page and "08:00" in page and "Hourly trends" in page


def test_many_days_are_told_by_their_months(client_of, owner):
    make_traffic()
    keep(view(clock.midnight(day_before(500)).timestamp() + 60))
    rollups.catch_up()
    first, last = day_before(599), day_before(0)
    address = f"?period=custom&from={first}&to={last}"
    whole = asking.asked_of(RequestFactory().get(f"/{address}"))
    months = queries.trends(asked=whole)
    assert [month.day for month in months[:2]] == [first, (first.replace(day=1) + dt.timedelta(days=32)).replace(day=1)]
    seen = [month.human.views for month in months]
    assert 19 <= len(months) <= 22 and sum(filter(None, seen)) == figures.total(whole).views == 5
    assert seen[0] is None and seen[-3] == 0  # before the first month of which anything was recorded, and after it
    assert all(month.human_before is None for month in months)
    page = client_of(owner).get(f"/admin/sitestats/panels/trends/{address}").content.decode()
    assert "Views a month" in page and "Monthly trends" in page and f"{day_before(500):%b %Y}" in page
    of_month = asking.asked_of(RequestFactory().get(f"/?{cards.month_url(whole, months[-1].day).partition('?')[2]}"))
    assert figures.total(of_month).views == months[-1].human.views and of_month.period.last == last


def test_before_a_month_stand_the_days_in_the_place_of_its_own(db):
    for age in (900, 450):
        keep(view(clock.midnight(day_before(age)).timestamp() + 60))
    rollups.catch_up()
    whole = asking.asked_of(RequestFactory().get(f"/?period=custom&from={day_before(400)}&to={day_before(0)}"))
    place = day_before(450) + dt.timedelta(days=401)
    found = {(month.day.year, month.day.month): month.human_before for month in queries.trends(asked=whole)}
    assert found.pop((place.year, place.month)) == 1 and set(found.values()) == {0}


def test_the_hours_of_a_part_are_counted_while_its_views_are_there(client_of, owner):
    """A visitor who came from a second source within the hour counts there as a session alone."""
    make_traffic()
    yesterday = day_before()
    at = clock.midnight(yesterday).timestamp() + 8 * 3600
    keep(view(at, 7, referrer=SEARCH), view(at + 5, 7, route="wall/", path="/wall/"), view(at + 5, 8, agent=GPTBOT))
    keep(view(at + 1900, 7, referrer=ASSISTANT), view(at + 9, 9, agent=IPHONE), view(at - 86_400, 9, agent=IPHONE))
    ad = "utm_source=partner&utm_medium=cpc&utm_campaign={}".format
    keep(view(at + 10, 10, query=ad("a")), view(at + 10, 11, query=ad("b")))
    rollups.catch_up()
    one_day = cards.day_url(asked(), yesterday).partition("?")[2]
    of_day = asking.asked_of(RequestFactory().get(f"/?{one_day}"))
    for part, told in (
        ({"path": "/make/"}, (5, 4, 5)),
        ({"source": "search|Google"}, (2, 1, 1)),
        ({"source": "ai"}, (1, 0, 1)),
        ({"source": "ads|partner|a · cpc"}, (1, 1, 1)),
        ({"device": "mobile"}, (1, 1, 1)),
        ({"path": "/make/", "source": "search", "device": "desktop"}, (1, 1, 1)),
    ):
        hours = queries.trends(asked=of_day.but(**part))
        human = hours[8].human
        assert len(hours) == 24 and (human.views, human.visitors, human.sessions) == told
        assert sum(hour.human.views for hour in hours) == figures.total(of_day.but(**part)).views
    assert queries.trends(asked=of_day.but(path="/make/"))[8].ai.views == 1
    assert queries.trends(asked=of_day.but(device="mobile"))[8].human_before == 1
    address = f"/admin/sitestats/panels/trends/?{one_day}&path=/make/"
    assert "Views an hour" in client_of(owner).get(address).content.decode()
    Day.objects.filter(day=day_before(2)).update(is_kept=False)
    assert queries.trends(asked=of_day.but(device="mobile"))[8].human_before is None
    Day.objects.filter(day=yesterday).update(is_kept=False)
    assert len(queries.trends(asked=of_day.but(device="mobile"))) == 1 and len(queries.trends(asked=of_day)) == 24
    assert "Views a day" in client_of(owner).get(address).content.decode()


def test_of_days_before_the_first_that_was_recorded_nothing_is_known(client_of, owner):
    make_traffic()
    for days, unit in ((20, "day"), (10, "hour")):
        address = f"?period=custom&from={day_before(days)}&to={day_before(10)}"
        of_days = asking.asked_of(RequestFactory().get(f"/{address}"))
        found = queries.trends(asked=of_days)
        assert {one.of(["human", "ai"]).views for one in found} == {None} and of_days.by_hour == (unit == "hour")
        page = client_of(owner).get(f"/admin/sitestats/panels/trends/{address}").content.decode()
        assert "before the first of which page views are kept" in page
        cards_file = client_of(owner).get(f"/admin/sitestats/panels/headline/{address}&format=csv").streaming_content
        assert b"".join(cards_file).decode().splitlines()[1] == "Views,,"
