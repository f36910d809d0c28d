"""The key figures: whom they count, that filters and drill-downs agree, and that both ways of counting do."""

import itertools
from decimal import Decimal

import pytest
from django.test import RequestFactory

from sitestats import asking, cards, figures, queries
from sitestats.tests.make import asked, day_before, make_night, make_paying, make_traffic
from ui.periods import Period

pytestmark = pytest.mark.usefixtures("confirmed_lately")
PAGE, PANEL, DAYS = "/admin/site-stats/", "/admin/sitestats/panels/headline/", "/admin/site-stats/days/"
GROUPED = [
    *[(), ("day", "kind"), ("path",), ("channel", "source"), ("detail",), ("device",)],
    *[("operator", "purpose", "identity"), ("path", "operator"), ("path", "source"), ("device", "source")],
]
FILTERS = {"path": "/make/", "source": "search|Google", "device": "desktop", "traffic": "all"}


def test_humans_are_a_range_and_facts_stand_beside(db, member):
    make_traffic()
    make_paying(member)
    found = queries.headline(asked=asked())
    now = found.now
    assert (now.views, now.visitors, now.proven, now.sessions, now.entries, now.bounces) == (4, 3, 1, 3, 3, 2)
    assert found.before is None  # nothing was recorded then
    assert (found.facts.sign_ups, found.facts.top_ups, found.facts.paid_in, found.facts.revenue) == (1, 1, 5, 0)
    assert queries.headline(asked=asked(source="ai")).facts.top_ups == 0
    assert queries.headline(asked=asked(source="search|Google")).facts.top_ups == 1
    assert queries.headline(asked=asked(device="mobile")).facts is None
    assert queries.headline(asked=asked(traffic="ai")).now.errors == 1


def test_what_no_slice_holds_is_counted_from_the_views_with_the_same_result(db, monkeypatch):
    make_traffic()
    make_night()
    chosen = [
        dict(pairs) for many in range(len(FILTERS) + 1) for pairs in itertools.combinations(FILTERS.items(), many)
    ]

    yesterday = Period("custom", day_before(), day_before(), "")
    questions = [(by, asked(**some), *some) for by in GROUPED for some in chosen]
    questions += [((), asked(traffic=traffic).but(period=yesterday), "night") for traffic in ("", "ai")]

    def everything():
        return {
            (by, one.traffic, *words): sorted(map(str, figures.read(one, *by, where="AND true")))
            for by, one, *words in questions
        }

    held = everything()
    monkeypatch.setattr(figures, "HELD", {})
    raw = everything()
    for key, rows in held.items():
        if "path" in key[0] or "path" in key:  # slices say nothing of addresses that nothing answers to
            rows, raw[key] = ([row for row in each if "views=0" not in row] for each in (rows, raw[key]))
        assert raw[key] == rows, key
    assert figures.total(asked(path="/make/", source="search|Google", device="desktop")).views == 2


def test_what_is_asked_for_alone_is_read_alone(db):
    make_traffic()
    for by, one in (
        (("device",), ("mobile",)),
        (("channel", "source"), ("search", "Google")),
        (("day", "kind"), (day_before(), "human")),
        (("kind", "identity"), ("ai", 2)),
    ):
        found = figures.read(asked(traffic="all"), *by, among=[one])
        assert [tuple(each.by.values()) for each in found] == [one]


def test_the_page_and_what_it_opens_say_the_same(client_of, owner, marketer, supporter):
    make_traffic()
    page = client_of(marketer).get(f"{PAGE}?path=/make/&traffic=all").content.decode()
    assert "Data since" in page and "Path: /make/" in page
    assert "4 views by day" in client_of(owner).get(f"{DAYS}?path=/make/&traffic=all").content.decode()
    query = "?period=7d&traffic=all"
    assert f">{4 + 1}<span" in client_of(owner).get(f"{PANEL}{query}", headers={"HX-Request": "true"}).content.decode()
    assert "5 views by day" in client_of(owner).get(f"{DAYS}{query}").content.decode()
    lines = b"".join(client_of(owner).get(f"{PANEL}{query}&format=csv").streaming_content).decode().splitlines()
    assert lines[1].startswith("Views,5,") and "proven" not in str(lines)
    lines = b"".join(client_of(owner).get(f"{PANEL}?format=csv").streaming_content).decode().splitlines()
    assert lines[2:4] == ["Daily visitors,3,", '"Daily visitors, proven",1,']
    assert client_of(supporter).get(PAGE).status_code == 403
    assert "no backup holds it" in client_of(owner).get("/admin/site-stats/explained/").content.decode()


@pytest.mark.parametrize(
    ("first", "last", "now", "said", "good"),
    [
        (0, 0, 20, "−80.0% so far", ""),
        *[(0, 0, 120, "+20.0%", "up"), (1, 1, 20, "−80.0%", "up")],
        *[(6, 0, 86, "−14.0% so far", ""), (6, 0, 85, "−15.0%", "up"), (7, 1, 86, "−14.0%", "up")],
    ],
)
def test_what_fell_until_now_is_not_bad_while_the_day_may_make_up_for_it(db, first, last, now, said, good):
    days = {"period": "custom", "from": day_before(first), "to": day_before(last)}
    period = asking.asked_of(RequestFactory().get("/", days)).period
    card = cards.so_far(cards.Card("Views", "", now, 100), period)
    assert (card.change, card.good) == (said, good)


def test_a_filter_by_what_there_is_not_is_said(client_of, owner):
    for page in (PAGE, DAYS):
        shown = client_of(owner).get(f"{page}?source=nonsense&device=phone&traffic=bot").content.decode()
        assert "No such source: nonsense." in shown and "No such device: phone." in shown and "traffic:" not in shown


def test_a_rate_changes_by_points():
    rates = [(Decimal("0.4"), Decimal("0.5")), (Decimal("0.6"), Decimal("0.5")), (Decimal("0.5"), Decimal("0.50001"))]
    told = [cards.Card("Bounce", "", *pair, is_rate=True).change for pair in rates]
    assert told == ["−10.0 points", "+10.0 points", "±0 points"]
    assert [cards.Card("Views", "", now, 5).change for now in (4, None)] == ["−20.0%", ""]
