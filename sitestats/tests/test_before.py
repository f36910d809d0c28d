"""Each panel stands beside the period before: its figures, or that not all of it was recorded."""

import pytest

from sitestats import queries, rollups
from sitestats.tests.make import SEARCH, asked, day_before, make_traffic
from sitestats.tests.test_page_views import GPTBOT, keep, view
from ui import clock

pytestmark = pytest.mark.usefixtures("confirmed_lately")
OF_PANEL = {  # panel -> what each of its rows was before
    "trends": lambda days: [(day.human_before, day.bot_before, day.ai_before) for day in days[::6]],
    "devices": lambda rows: [row.before.visitors for row in rows],
    "top_urls": lambda rows: [row.before.views for row in rows],
    "top_sources": lambda rows: [row.before.sessions for row in rows],
    "bots": lambda rows: [row.before.views for row in rows],
    "breakdown": lambda rows: [row.before.sessions for row in rows],
    "funnel": lambda found: [step.before for step in found.steps],
    "conservation": lambda found: [before for _, _, before in found.rows],
}
TOLD = {
    "trends": [(2, 0, 1), (0, 0, 0)],
    "devices": [2, 0],
    "top_urls": [2, 0],
    "top_sources": [1, 0],
    "bots": [1],
    "breakdown": [1, 0],
    "funnel": [2, 2, 0, 0, 0],
    "conservation": [3, 0],
}


def test_every_panel_shows_what_was_before_or_that_nobody_knows(client_of, owner):
    at = clock.midnight(day_before(13)).timestamp()
    keep(view(at, 1, referrer=SEARCH), view(at + 60, 2), view(at + 120, 3, agent=GPTBOT))
    make_traffic()
    rollups.catch_up()
    for name, told in TOLD.items():
        read, seen = getattr(queries, name), OF_PANEL[name]
        assert seen(read(asked=asked())) == told, name
        unknown = seen(read(asked=asked(period="30d")))
        assert {each for row in unknown for each in (row if name == "trends" else [row])} == {None}, name
        for period in ("7d", "30d"):
            address = f"/admin/sitestats/panels/{name}/?period={period}"
            page = client_of(owner).get(address).content.decode()
            is_always = name not in ("funnel", "bots")  # which have no room for what nobody knows
            assert ("Before" in page or "period before" in page) == (period == "7d" or is_always), name
            file = b"".join(client_of(owner).get(f"{address}&format=csv").streaming_content).decode()
            assert "before" in file.splitlines()[0].lower()
