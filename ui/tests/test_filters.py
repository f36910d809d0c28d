"""Filters as links."""

from django.test import RequestFactory

from ui import filters

STATES = [("", "All"), ("paid", "Paid"), ("open", "Open")]


def ask(query):
    return RequestFactory().get(f"/list/{query}")


def test_chips_work():
    chips = filters.chips(ask("?state=paid&q=ada&after=x"), "state", STATES, {"paid": 3})
    assert [(chip.label, chip.on, chip.count) for chip in chips] == [
        ("All", False, None),
        ("Paid", True, 3),
        ("Open", False, None),
    ]
    assert chips[0].url == "/list/?q=ada"
    assert chips[2].url == "/list/?q=ada&state=open"


def test_an_unknown_value_is_no_filter():
    assert filters.choice(ask("?state=hacked"), "state", ["paid"]) == ""
    assert filters.applied(ask("?state=hacked"), {"state": ("State", dict(STATES))}) == []


def test_applied_filters_can_be_removed_one_by_one_and_together():
    request = ask("?q=ada&state=paid&sort=-amount&after=x")
    found = filters.applied(request, {"q": "Search", "state": ("State", dict(STATES))})
    assert [(one.label, one.value, one.url) for one in found] == [
        ("Search", "ada", "/list/?state=paid&sort=-amount"),
        ("State", "Paid", "/list/?q=ada&sort=-amount"),
    ]
    assert filters.clear_url(request, found) == "/list/?sort=-amount"


def test_typed_text_is_fit_for_a_query():
    assert filters.text(ask("?q=%20a%00da%20")) == "ada"
    assert len(filters.text(ask("?q=" + "x" * 5000))) == 200
