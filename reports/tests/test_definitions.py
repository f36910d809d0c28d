"""Each figure of Financial Reports and of Memberships & Payments says behind an “i” how it is defined."""

import re

import pytest
from django.conf import settings

from memberships import definitions as premium
from reports import cards, definitions, mrr
from reports.asking import MEMBERS

TEMPLATES = settings.BASE_DIR / "templates"
PAGES = [
    *sorted((TEMPLATES / "reports").rglob("*.html")),
    *sorted((TEMPLATES / "memberships" / "panels").rglob("*.html")),
    *sorted((TEMPLATES / "memberships").glob("_*_table.html")),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_no_figure_without_its_definition(page):
    text = page.read_text()
    known = premium.DEFINITIONS if "memberships" in page.parts else definitions.DEFINITIONS
    assert not re.search(r'<th[^>]*class="num">', text), "a column of figures is {% head %}"
    assert all(" about=" in card for card in re.findall(r"\{% kpi .*?%\}", text))
    assert set(re.findall(r"\babout\.(\w+)", text)) <= {*known}


def test_the_registry_is_whole():
    shown = {key for keys in cards.GROUPS.values() for key in keys}
    assert shown | {*mrr.MOVES, *cards.RATES} <= {*definitions.DEFINITIONS} and {*MEMBERS} == {*definitions.MEMBERS}
    for one in (*definitions.DEFINITIONS.values(), *premium.DEFINITIONS.values()):
        assert one.label and one.says.endswith(".") and one.source and one.good in ("up", "down", "")
