"""Views of three people and a bot, added up, and a member whose cut lost money."""

import datetime as dt
from collections import Counter
from decimal import Decimal

from django.utils import timezone

from ledger import posting
from sitestats import facts, rollups
from sitestats.models import Acquisition, Deed
from sitestats.recording import Did
from sitestats.storing import Batch, Store
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


def make_night() -> None:
    """Over the midnight before today: sessions that only a deed or a failed page kept going, and one into a third day.

    Steps of the funnel long after it, a deed before it that proves a visitor after it, and a bot that never rests.
    """
    at = clock.midnight(periods.today()).timestamp()
    begun = {11: [-900, 1700], 12: [-900, -60, 900], 13: [-86_400 - 600, -86_400 + 600], 14: [-1200, -300, 1200, 2400]}
    views = [view(at + after, who, route="wall/") for who, times in begun.items() for after in times]
    views += [view(at + minutes * 60, 13, route="wall/") for minutes in range(-1430, 60, 29)]
    views += [view(at + 1500, 12), view(at + 9 * 3600, 14)]
    views += [view(at + minutes * 60, 14, route="wall/") for minutes in range(60, 540, 29)]
    views += [view(at + 60, 15, route=None, path="/nobody", status=404), view(at - 1500, 15), view(at + 1800, 15)]
    views += [view(at + minutes * 60, 16, agent=GPTBOT) for minutes in range(-1500, 90, 30)]
    did = [(11, 60, "render", 1), (12, -30, "render", 2), (12, 1600, "render", 3), (12, 1700, "sign_up", 4)]
    did += [(14, 9 * 3600 + 60, "render", 5), (13, -86_400 + 60, "render", 6), (13, 3500, "render", 7)]
    deeds = [Did(at + after, who, 0, "", what, subject) for who, after, what, subject in did]
    Store().write(Batch(views, Counter(), len(views), deeds))
    Deed.objects.update(done_at=timezone.now())
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
