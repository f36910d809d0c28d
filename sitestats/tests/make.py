"""Views of three people and a bot, added up, and a member whose cut lost money."""

import datetime as dt
from decimal import Decimal

from ledger import posting
from sitestats import facts, rollups
from sitestats.models import Acquisition
from sitestats.tests.test_page_views import GPTBOT, keep, view
from ui import clock, periods

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
READER = 7_000_007  # who is signed in, if there is such a user
SEARCH, ASSISTANT = "https://www.google.com/", "https://chatgpt.com/"


def make_traffic() -> None:
    """Today: a desktop from a search on two pages, a phone from an assistant, GPTBot. Yesterday: a desktop."""
    at = clock.midnight(periods.today()).timestamp()
    keep(
        view(at, 1, referrer=SEARCH, user=READER),
        view(at + 60, 1, route="wall/", path="/wall/", microseconds=20_000),
        view(at + 120, 2, referrer=ASSISTANT, agent=IPHONE),
        view(at + 180, 3, agent=GPTBOT, identity=2, microseconds=1_000_000),
        view(at + 190, 3, agent=GPTBOT, identity=2, route=None, path="/wp-login.php", status=404),
        view(at - 7200, 4, referrer=SEARCH),
        others=["excluded: prefetch"],
    )
    rollups.catch_up()


def make_paying(member, source="Google") -> None:
    """A top-up of $5 today by a member who came from a search."""
    moment = dict.fromkeys(("first_seen_at", "signed_up_at"), member.date_joined)
    Acquisition.objects.create(user=member, channel="search", source=source, landing_path="/make/", **moment)
    posting.top_up(member, cash=Decimal(5), external_id=f"pi_{member.pk}")
    facts.catch_up()


def asked(**filters):
    from sitestats.asking import Asked
    from ui.periods import PRESETS, PeriodForm

    class Request:
        GET = {"period": filters.pop("period", "7d")}

    return Asked(PeriodForm.of(Request, PRESETS), **filters)


def day_before(days: int = 1) -> dt.date:
    return periods.today() - dt.timedelta(days=days)
